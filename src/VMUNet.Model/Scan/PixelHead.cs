using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>
/// The network's end on AVX-512, for inference: each token's 4x4 pixels are normalised over their channels, multiplied with the
/// classes' weights and written where they belong. The expansion's rows are laid in another order than the checkpoint's, channels
/// before pixels, so that a token's sixteen pixels lie side by side in one vector.
/// </summary>
internal sealed unsafe class PixelHead : IDisposable
{
    private const int Pixels = 16;
    private const int Side = 4;
    private readonly Product _expand = new();
    private readonly Tensor _weight;
    private readonly int _channels;
    private readonly int _classes;
    private readonly float _epsilon;

    // (classes, channels + 1): the classes' weights times the norm's, and what remains of both biases.
    private readonly Tensor _head;

    /// <summary>Lays copies of the weights ready.</summary>
    /// <param name="expand">(16 c, C), rows pixel by pixel.</param>
    /// <param name="normWeight">(c).</param>
    /// <param name="normBias">(c).</param>
    /// <param name="epsilon">Of the norm.</param>
    /// <param name="weight">(classes, c).</param>
    /// <param name="bias">(classes).</param>
    /// <param name="precision">Of the expansion.</param>
    public PixelHead(
        Tensor expand, Tensor normWeight, Tensor normBias, double epsilon, Tensor weight, Tensor bias, Precision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        (_channels, _classes, _epsilon) = ((int)normWeight.numel(), (int)bias.numel(), (float)epsilon);
        _weight = expand.view(Pixels, _channels, -1).transpose(0, 1).reshape(Pixels * _channels, -1).DetachFromDisposeScope();
        _expand.Prepare(_weight, precision);
        Tensor rest = weight.matmul(normBias).Plus(bias).unsqueeze(1);
        _head = cat([weight * normWeight, rest], 1).DetachFromDisposeScope();
    }

    /// <summary>Whether this processor has it.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>Logits (B, classes, 4 h, 4 w) of (B, h, w, C).</summary>
    public Tensor Of(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        int batch = (int)x.shape[0], height = (int)x.shape[1], width = (int)x.shape[2];
        Tensor pixels = _expand.Of(x, _weight);                                  // (B, h, w, c * 16)
        Tensor y = empty(batch, _classes, Side * height, Side * width);
        float* from = TensorMemory.Floats(pixels), to = TensorMemory.Floats(y), head = TensorMemory.Floats(_head);
        WorkItems.Run(batch * height, TorchRuntime.Threads, item =>
        {
            int image = item / height, row = item % height;
            float* at = from + ((long)item * width * Pixels * _channels);
            float* plane = to + ((((long)image * _classes * height) + row) * Side * Side * width);
            Row(at, head, plane, (long)Side * height * Side * width, width);
        });
        return y.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _expand.Dispose();
        _weight.Dispose();
        _head.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* x, float* head, float* y, long planePitch, int width)
    {
        int channels = _channels;
        float* normalised = stackalloc float[channels * Pixels];
        Vector512<float> count = Vector512.Create((float)channels), epsilon = Vector512.Create(_epsilon);
        for (int column = 0; column < width; column++, x += channels * Pixels)
        {
            Vector512<float> sum = default, squares = default;
            for (int c = 0; c < channels; c++)
            {
                sum += Vector512.Load(x + (c * Pixels));
            }

            Vector512<float> mean = sum / count;
            for (int c = 0; c < channels; c++)
            {
                Vector512<float> d = Vector512.Load(x + (c * Pixels)) - mean;
                d.Store(normalised + (c * Pixels));
                squares = Avx512F.FusedMultiplyAdd(d, d, squares);
            }

            Vector512<float> scale = Vector512<float>.One / Avx512F.Sqrt((squares / count) + epsilon);
            for (int k = 0; k < _classes; k++)
            {
                float* weights = head + (k * (channels + 1));
                Vector512<float> even = default, odd = default;
                int c = 0;
                for (; c + 1 < channels; c += 2)
                {
                    even = Avx512F.FusedMultiplyAdd(Vector512.Load(normalised + (c * Pixels)), Vector512.Create(weights[c]), even);
                    odd = Avx512F.FusedMultiplyAdd(
                        Vector512.Load(normalised + ((c + 1) * Pixels)), Vector512.Create(weights[c + 1]), odd);
                }

                if (c < channels)
                {
                    even = Avx512F.FusedMultiplyAdd(Vector512.Load(normalised + (c * Pixels)), Vector512.Create(weights[c]), even);
                }

                Vector512<float> logits = Avx512F.FusedMultiplyAdd(even + odd, scale, Vector512.Create(weights[channels]));
                float* to = y + (k * planePitch) + (column * Side);
                long line = (long)Side * width;
                logits.GetLower().GetLower().Store(to);
                logits.GetLower().GetUpper().Store(to + line);
                logits.GetUpper().GetLower().Store(to + (2 * line));
                logits.GetUpper().GetUpper().Store(to + (3 * line));
            }
        }
    }
}
