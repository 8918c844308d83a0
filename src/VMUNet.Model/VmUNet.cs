using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using VMUNet.Model.Scan;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

// The whole network, top to bottom: VmUNet (input and naming), Vssm (the U), stages, VSS block, SS2D, resampling.
// Feature maps between modules are channels-last (B, H, W, C). Names and shapes of the parameters are those of the
// official checkpoints, so is every order that a weight depends on: docs/architecture/vmunet.md.
namespace VMUNet.Model;

/// <summary>
/// VM-UNet (Ruan, Xiang, 2024): a U-Net of visual state space blocks. Weight compatible with the official code, commit
/// 43c495b, whose attribute <c>vmunet</c> gives the prefix of all names.
/// </summary>
public sealed class VmUNet : Module<Tensor, Tensor>
{
    /// <summary>Height and width of an input are multiples of this.</summary>
    public const int SizeMultiple = 32;

    [ComponentName(Name = "vmunet")]
    private readonly Vssm _vmunet;

    /// <summary>A network with the official initial weights.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="scan">Implementation of the selective scan.</param>
    /// <param name="seed">
    /// Of the initial weights and of the drop path draws; without one they differ from run to run.
    /// </param>
    public VmUNet(ModelConfig config, ScanKind scan, int? seed = null)
        : this(config, Implementation(scan), seed)
    {
    }

    internal VmUNet(ModelConfig config, ISelectiveScan scan, int? seed = null)
        : base(nameof(VmUNet))
    {
        Config = config.Checked();
        DropPath = new DropPathDraws(seed ?? Environment.TickCount);
        _vmunet = new Vssm(Config, scan, DropPath);
        RegisterComponents();
        Initialisation.Apply(this, seed ?? Environment.TickCount);
    }

    /// <summary>The sizes this network was built with.</summary>
    public ModelConfig Config { get; }

    /// <summary>How the products are computed.</summary>
    public Precision Precision { get; private set; }

    /// <summary>Where the weights are.</summary>
    internal Device Device => _vmunet.parameters().First().device;

    /// <summary>The source of the drop path draws.</summary>
    internal DropPathDraws DropPath { get; }

    /// <summary>Logits; see <see cref="Probabilities"/> for what the official forward returns.</summary>
    /// <param name="input">(B, C, H, W); one channel is repeated to as many as the network takes; H and W multiples of 32.</param>
    /// <returns>(B, classes, H, W).</returns>
    /// <exception cref="ArgumentException">
    /// No image, another rank or number of channels, or a size that the network cannot halve five times.
    /// </exception>
    public override Tensor forward(Tensor input) => Logits(input, null);

    /// <summary>As <see cref="forward"/>, and what the first decoder stages gave; for losses at their scales.</summary>
    /// <param name="input">As for <see cref="forward"/>.</param>
    /// <param name="stages">
    /// Receives the outputs of as many decoder stages, coarsest first: (B, H/32, W/32, 8C), (B, H/16, W/16, 4C)...; they belong to the
    /// caller's dispose scope. Null for none.
    /// </param>
    /// <returns>(B, classes, H, W).</returns>
    internal Tensor Logits(Tensor input, Tensor[]? stages)
    {
        long[] shape = input.shape;
        if (shape.Length != 4 || shape[0] < 1 || (shape[1] != 1 && shape[1] != Config.InputChannels) || shape[2] < SizeMultiple || shape[2] % SizeMultiple != 0
            || shape[3] < SizeMultiple || shape[3] % SizeMultiple != 0)
        {
            throw new ArgumentException(
                $"Expected (B >= 1, C = 1 or {Config.InputChannels}, H, W) with H and W multiples of {SizeMultiple}, "
                + $"came ({string.Join(", ", shape)}).",
                nameof(input));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor image = shape[1] == 1 ? input.expand(shape[0], Config.InputChannels, shape[2], shape[3]) : input;
        Tensor logits = _vmunet.Logits(image, stages);
        foreach (Tensor stage in stages ?? [])
        {
            stage.MoveToOuterDisposeScope();
        }

        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>What the official forward returns: the sigmoid for one class, the logits themselves for more.</summary>
    public Tensor Probabilities(Tensor logits) => Config.Classes == 1 ? logits.sigmoid() : logits.alias();

    /// <summary>
    /// Lays the weights ready for inference where they are, in the given precision. Afterwards they must not change, and gradients
    /// cannot be had.
    /// </summary>
    public void Prepare(Precision precision)
    {
        eval();
        foreach (IPreparable part in modules().OfType<IPreparable>())
        {
            part.Prepare(precision);
        }

        Precision = precision;
    }

    /// <summary>Starts the drop path draws anew, so that a resumed training repeats them.</summary>
    public void ReseedDropPath(int seed) => DropPath.Reseed(seed);

    private static ISelectiveScan Implementation(ScanKind kind) => kind switch
    {
        ScanKind.Managed => new ManagedScan(),
        ScanKind.Chunked => new ChunkedScan(),
        ScanKind.Cuda => new Scan.Cuda.CudaScan(),
        _ => new ReferenceScan(),
    };
}

/// <summary>The U: patch embedding, encoder, decoder, final expansion.</summary>
internal sealed class Vssm : Module<Tensor, Tensor>, IPreparable
{
    private PixelHead? _head;

    [ComponentName(Name = "patch_embed")]
    private readonly PatchEmbed _patchEmbed;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<EncoderStage> _layers = [];

    [ComponentName(Name = "layers_up")]
    private readonly ModuleList<DecoderStage> _layersUp = [];

    [ComponentName(Name = "final_up")]
    private readonly PatchExpand _finalUp;

    [ComponentName(Name = "final_conv")]
    private readonly Conv2d _finalConv;

    public Vssm(ModelConfig config, ISelectiveScan scan, DropPathDraws draws)
        : base(nameof(Vssm))
    {
        int[] dims = config.Dims;
        double[] rates = Rates(config.DropPathRate, config.Depths.Sum());
        double[] ratesUp = [.. Rates(config.DropPathRate, config.DepthsDecoder.Sum()).Reverse()];
        _patchEmbed = new PatchEmbed(config.InputChannels, dims[0]);
        for (int i = 0, block = 0; i < 4; block += config.Depths[i++])
        {
            double[] own = rates[block..(block + config.Depths[i])];
            _layers.Add(new EncoderStage(dims[i], own, config.StateSize, last: i == 3, scan, draws));
        }

        for (int j = 0, block = 0; j < 4; block += config.DepthsDecoder[j++])
        {
            double[] own = ratesUp[block..(block + config.DepthsDecoder[j])];
            _layersUp.Add(new DecoderStage(dims[3 - j], own, config.StateSize, first: j == 0, scan, draws));
        }

        _finalUp = new PatchExpand(dims[0], dims[0] / 4, factor: 4);
        _finalConv = Conv2d(dims[0] / 4, config.Classes, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor image) => Logits(image, null);

    /// <summary>Logits, and the outputs of the first decoder stages where an array asks for them.</summary>
    public Tensor Logits(Tensor image, Tensor[]? stages)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = _patchEmbed.forward(image);                                  // (B, H/4, W/4, C)
        var skips = new Tensor[4];
        for (int i = 0; i < 4; i++)
        {
            skips[i] = x; // skips[0], the patch embedding, is never used; so the official wiring
            x = _layers[i].forward(x);                                          // (B, H/8, W/8, 2C) ... /32, 8C
        }

        for (int j = 0; j < 4; j++)
        {
            x = _layersUp[j].forward(j == 0 ? x : x.Plus(skips[4 - j])); // added at the coarse size, before the expansion
            if (j < stages?.Length)
            {
                stages[j] = x.MoveToOuterDisposeScope();
            }
        }

        return FinalConvolution(x).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Expansion by 4, normalisation, 1x1 convolution. The last two act on each pixel's channels alone, so they come
    /// before the pixels are moved: a third of the traffic, the same numbers.
    /// </summary>
    private Tensor FinalConvolution(Tensor x)
    {
        if (_head is not null)
        {
            return _head.Of(x);
        }

        Tensor pixels = _finalUp.Expand(x);                                     // (B, h, w, 16, C/4)
        Tensor weight = _finalConv.weight.flatten(1);                           // (classes, C/4)
        Tensor logits = functional.linear(pixels, weight, _finalConv.bias);     // (B, h, w, 16, classes)
        return _finalUp.Place(logits).permute(0, 3, 1, 2).contiguous();         // (B, classes, H, W)
    }

    public void Prepare(Precision precision)
    {
        _head?.Dispose();
        _head = PixelHead.IsSupported && _finalConv.weight.device_type == DeviceType.CPU
            ? _finalUp.Head(_finalConv.weight.flatten(1), _finalConv.bias!, precision)
            : null;
    }

    protected override void Dispose(bool disposing)
    {
        _head?.Dispose();
        base.Dispose(disposing);
    }

    private static double[] Rates(double highest, int blocks) =>
        [.. Enumerable.Range(0, blocks).Select(i => blocks == 1 ? 0 : highest * i / (blocks - 1))];
}

/// <summary>Non-overlapping 4x4 patches to tokens.</summary>
internal sealed class PatchEmbed : Module<Tensor, Tensor>, IPreparable
{
    private readonly Product _product = new();
    private bool _isPrepared;

    [ComponentName(Name = "proj")]
    private readonly Conv2d _proj;

    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;

    public PatchEmbed(int inputChannels, int channels)
        : base(nameof(PatchEmbed))
    {
        _proj = Conv2d(inputChannels, channels, 4, stride: 4);
        _norm = LayerNorm(channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!_isPrepared)
        {
            return _norm.forward(_proj.forward(image).permute(0, 2, 3, 1).contiguous()).MoveToOuterDisposeScope();
        }

        long b = image.shape[0], c = image.shape[1], h = image.shape[2] / 4, w = image.shape[3] / 4;
        Tensor patches = image.view([b, c, h, 4, w, 4]).permute(0, 2, 4, 1, 3, 5).reshape(b, h, w, 16 * c);
        Tensor tokens = _product.Of(patches, _proj.weight.flatten(1)).Plus(_proj.bias!);
        return NormKernel.Of(tokens, _norm).MoveToOuterDisposeScope();
    }

    public void Prepare(Precision precision)
    {
        _isPrepared = NormKernel.Serves(_norm);
        _product.Prepare(_proj.weight.flatten(1), precision);
    }

    protected override void Dispose(bool disposing)
    {
        _product.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Blocks, then (but for the last stage) patch merging.</summary>
internal sealed class EncoderStage : Module<Tensor, Tensor>
{
    [ComponentName(Name = "blocks")]
    private readonly ModuleList<VssBlock> _blocks = [];

    [ComponentName(Name = "downsample")]
    private readonly PatchMerging? _downsample;

    public EncoderStage(int channels, double[] rates, int states, bool last, ISelectiveScan scan, DropPathDraws draws)
        : base(nameof(EncoderStage))
    {
        foreach (double rate in rates)
        {
            _blocks.Add(new VssBlock(channels, states, rate, scan, draws));
        }

        _downsample = last ? null : new PatchMerging(channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (VssBlock block in _blocks)
        {
            x = block.forward(x);
        }

        return (_downsample?.forward(x) ?? x).MoveToOuterDisposeScope();
    }
}

/// <summary>Patch expansion (but for the first stage), then blocks.</summary>
internal sealed class DecoderStage : Module<Tensor, Tensor>
{
    [ComponentName(Name = "upsample")]
    private readonly PatchExpand? _upsample;

    [ComponentName(Name = "blocks")]
    private readonly ModuleList<VssBlock> _blocks = [];

    public DecoderStage(int channels, double[] rates, int states, bool first, ISelectiveScan scan, DropPathDraws draws)
        : base(nameof(DecoderStage))
    {
        _upsample = first ? null : new PatchExpand(2 * channels, channels, factor: 2);
        foreach (double rate in rates)
        {
            _blocks.Add(new VssBlock(channels, states, rate, scan, draws));
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        x = _upsample?.forward(x) ?? x;
        foreach (VssBlock block in _blocks)
        {
            x = block.forward(x);
        }

        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>x + DropPath(SS2D(LayerNorm(x))); no MLP, no second norm.</summary>
internal sealed class VssBlock : Module<Tensor, Tensor>, IPreparable
{
    private bool _isPrepared;
    private readonly double _dropRate;
    private readonly DropPathDraws _draws;

    [ComponentName(Name = "ln_1")]
    private readonly LayerNorm _ln1;

    [ComponentName(Name = "self_attention")]
    private readonly Ss2d _selfAttention;

    public VssBlock(int channels, int states, double dropRate, ISelectiveScan scan, DropPathDraws draws)
        : base(nameof(VssBlock))
    {
        _dropRate = dropRate;
        _draws = draws;
        _ln1 = LayerNorm(channels);
        _selfAttention = new Ss2d(channels, states, scan);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor branch = _selfAttention.forward(_isPrepared ? NormKernel.Of(x, _ln1, _selfAttention.TakesNarrow) : _ln1.forward(x));
        if (training && _dropRate > 0)
        {
            branch *= _draws.Next(x, _dropRate);
        }

        return x.Plus(branch).MoveToOuterDisposeScope();
    }

    public void Prepare(Precision precision) => _isPrepared = NormKernel.Serves(_ln1);
}

/// <summary>Projection, depth-wise convolution, four directional scans, norm, gate, projection.</summary>
internal sealed class Ss2d : Module<Tensor, Tensor>, IPreparable
{
    private readonly ISelectiveScan _scan;
    private readonly int _inner;
    private readonly Product _toInner = new(), _toGate = new(), _toScan = new(), _toOuter = new();
    private ScanWeights? _scanWeights;
    private Precision _precision;

    [ComponentName(Name = "x_proj_weight")]
    private readonly Parameter _xProjWeight;

    [ComponentName(Name = "dt_projs_weight")]
    private readonly Parameter _dtProjsWeight;

    [ComponentName(Name = "dt_projs_bias")]
    private readonly Parameter _dtProjsBias;

    [ComponentName(Name = "A_logs")]
    private readonly Parameter _aLogs;

    [ComponentName(Name = "Ds")]
    private readonly Parameter _ds;

    [ComponentName(Name = "in_proj")]
    private readonly Linear _inProj;

    [ComponentName(Name = "conv2d")]
    private readonly Conv2d _conv2d;

    [ComponentName(Name = "out_norm")]
    private readonly LayerNorm _outNorm;

    [ComponentName(Name = "out_proj")]
    private readonly Linear _outProj;

    public Ss2d(int channels, int states, ISelectiveScan scan)
        : base(nameof(Ss2d))
    {
        _scan = scan;
        _inner = 2 * channels;
        int rank = (channels + 15) / 16;
        _xProjWeight = new Parameter(empty(4, rank + (2 * states), _inner));
        _dtProjsWeight = new Parameter(empty(4, _inner, rank));
        _dtProjsBias = new Parameter(empty(4, _inner));
        _aLogs = new Parameter(empty(4 * _inner, states));
        _ds = new Parameter(empty(4 * _inner));
        _inProj = Linear(channels, 2 * _inner, hasBias: false);
        _conv2d = Conv2d(_inner, _inner, 3, padding: 1, groups: _inner);
        _outNorm = LayerNorm(_inner);
        _outProj = Linear(_inner, channels, hasBias: false);
        RegisterComponents();
    }

    /// <summary>Whether the input may be bfloat16.</summary>
    public bool TakesNarrow => _toInner.TakesNarrow && _toGate.TakesNarrow;

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        long b = x.shape[0], h = x.shape[1], w = x.shape[2];

        // Two products with the halves of in_proj rather than one: neither half then has to be cut out of the other.
        Tensor u = _toInner.Of(x, _inProj.weight.narrow(0, 0, _inner));                     // (B, H, W, D)
        Tensor gate = _toGate.Of(x, _inProj.weight.narrow(0, _inner, _inner));              // (B, H, W, D)
        u = _scan is ManagedScan managed
            ? managed.ConvolveSilu(u, _conv2d.weight, _conv2d.bias!, _precision)
            : _scan.ConvolveSilu(u, _conv2d.weight, _conv2d.bias!);
        u = u.view(b, h * w, _inner);                                                       // (B, L, D)

        // Directions differ in order only: one product on row-major tokens serves all four.
        Tensor projected = _toScan.Of(u, _xProjWeight.flatten(0, 1));                       // (B, L, 4 (R + 2N))
        Tensor y = _scanWeights is null
            ? _scan.Scan(u, projected, _dtProjsWeight, _dtProjsBias, _aLogs, _ds, (int)h, (int)w)
            : ((ManagedScan)_scan).Scan(u, projected, _scanWeights, (int)h, (int)w, _precision);
        Tensor gated = _scanWeights is not null && NormKernel.Serves(_inner)
            ? NormKernel.Gated(y, _outNorm, gate, _precision, _toOuter.TakesNarrow)
            : _outNorm.forward(y).view(b, h, w, _inner) * functional.silu(gate);
        return _toOuter.Of(gated.view(b, h, w, _inner), _outProj.weight).MoveToOuterDisposeScope(); // (B, H, W, C)
    }

    public void Prepare(Precision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        _toInner.Prepare(_inProj.weight.narrow(0, 0, _inner), precision);
        _toGate.Prepare(_inProj.weight.narrow(0, _inner, _inner), precision);
        _toScan.Prepare(_xProjWeight.flatten(0, 1), precision);
        _toOuter.Prepare(_outProj.weight, precision);
        _precision = precision;
        _scanWeights?.Dispose();
        _scanWeights = _scan is ManagedScan managed && _aLogs.shape[1] == ScanLayout.States
            ? managed.Prepare(_dtProjsWeight, _dtProjsBias, _aLogs, _ds)
            : null;
    }

    protected override void Dispose(bool disposing)
    {
        _toInner.Dispose();
        _toGate.Dispose();
        _toScan.Dispose();
        _toOuter.Dispose();
        _scanWeights?.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>2x2 neighbours to one token of twice the channels.</summary>
internal sealed class PatchMerging : Module<Tensor, Tensor>, IPreparable
{
    private readonly Product _product = new();
    private bool _isPrepared;

    [ComponentName(Name = "reduction")]
    private readonly Linear _reduction;

    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;

    public PatchMerging(int channels)
        : base(nameof(PatchMerging))
    {
        _reduction = Linear(4 * channels, 2 * channels, hasBias: false);
        _norm = LayerNorm(4 * channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        long b = x.shape[0], h = x.shape[1] / 2, w = x.shape[2] / 2, c = x.shape[3];

        // Order of the four: (0,0), (1,0), (0,1), (1,1) as (row, column): the column is the slower index.
        Tensor neighbours = x.view([b, h, 2, w, 2, c]).permute(0, 1, 3, 4, 2, 5).reshape(b, h, w, 4 * c);
        Tensor normalised = _isPrepared ? NormKernel.Of(neighbours, _norm, _product.TakesNarrow) : _norm.forward(neighbours);
        return _product.Of(normalised, _reduction.weight).MoveToOuterDisposeScope(); // (B, H/2, W/2, 2C)
    }

    public void Prepare(Precision precision)
    {
        _isPrepared = NormKernel.Serves(_norm);
        _product.Prepare(_reduction.weight, precision);
    }

    protected override void Dispose(bool disposing)
    {
        _product.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>
/// One token to factor x factor tokens. Output channel (p1, p2, c): p1 the row, p2 the column inside the patch.
/// </summary>
internal sealed class PatchExpand : Module<Tensor, Tensor>, IPreparable
{
    private readonly Product _product = new();
    private bool _isPrepared;
    private readonly int _factor;
    private readonly int _channels;

    [ComponentName(Name = "expand")]
    private readonly Linear _expand;

    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;

    public PatchExpand(int channelsIn, int channels, int factor)
        : base(nameof(PatchExpand))
    {
        _factor = factor;
        _channels = channels;
        _expand = Linear(channelsIn, factor * factor * channels, hasBias: false);
        _norm = LayerNorm(channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return Place(Expand(x)).MoveToOuterDisposeScope();
    }

    /// <summary>(B, h, w, factor * factor, channels), normalised; each token's pixels still side by side.</summary>
    public Tensor Expand(Tensor x)
    {
        long b = x.shape[0], h = x.shape[1], w = x.shape[2];
        Tensor pixels = _product.Of(x, _expand.weight).view(new long[] { b, h, w, _factor * _factor, _channels });
        return _isPrepared ? NormKernel.Of(pixels, _norm) : _norm.forward(pixels);
    }

    public void Prepare(Precision precision)
    {
        _isPrepared = NormKernel.Serves(_norm);
        _product.Prepare(_expand.weight, precision);
    }

    protected override void Dispose(bool disposing)
    {
        _product.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>For inference: this expansion by 4 and the classes' weights behind it, in one.</summary>
    public PixelHead Head(Tensor weight, Tensor bias, Precision precision) =>
        new(_expand.weight!, _norm.weight!, _norm.bias!, _norm.eps, weight, bias, precision);

    /// <summary>(B, h, w, factor * factor, n) to (B, h * factor, w * factor, n).</summary>
    public Tensor Place(Tensor pixels)
    {
        long b = pixels.shape[0], h = pixels.shape[1], w = pixels.shape[2], n = pixels.shape[4];
        return pixels.view([b, h, w, _factor, _factor, n])
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(b, h * _factor, w * _factor, n);
    }
}
