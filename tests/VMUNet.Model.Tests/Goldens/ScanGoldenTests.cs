using TorchSharp;
using VMUNet.Model.Scan;
using VMUNet.Model.Scan.Cuda;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Goldens;

/// <summary>
/// The official scan's numbers. Its four groups have their own inputs, ours share x and delta's projection, so each
/// group is one call: x is the group's input laid along the direction's walk, delta comes through an identity
/// projection, and C is zero for the other directions.
/// </summary>
public sealed class ScanGoldenTests
{
    private const int States = 16;

    /// <summary>Inputs of scan_large, which are not stored: name, shape, range.</summary>
    private static readonly (string Name, long[] Shape, double Low, double High)[] LargeInputs =
    [
        ("u", [1, 192, 4096], -1.5, 1.5), ("delta", [1, 192, 4096], -1, 1), ("A", [192, States], -16, -0.5),
        ("B", [1, 4, States, 4096], -1, 1), ("C", [1, 4, States, 4096], -1, 1), ("D", [192], 0.5, 1.5),
        ("delta_bias", [192], -5.5, 0), ("grad_out", [1, 192, 4096], -1, 1),
    ];

    /// <summary>Everything that has to give the official numbers.</summary>
    public static TheoryData<string> Implementations { get; } = ["Reference", "Chunked", "Vector512", "Vector256", "Vector128", "Cuda"];

    public static TheoryData<string, int, int, string> Cases()
    {
        var data = new TheoryData<string, int, int, string>();
        foreach (string scan in Implementations)
        {
            data.Add("scan_small", 1, 37, scan);
            data.Add("scan_small", 37, 1, scan);
            data.Add("scan_medium", 16, 16, scan);
            data.Add("scan_medium", 8, 32, scan);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_group_along_every_direction_gives_the_official_output_and_gradients(
        string file, int height, int width, string implementation)
    {
        ISelectiveScan scan = Scan(implementation);
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> golden = Golden.Read(file);
        for (int group = 0; group < 4; group++)
        {
            for (int direction = 0; direction < 4; direction++)
            {
                Check(scan, golden, group, direction, height, width);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void The_largest_scan_of_the_network_gives_the_official_output_and_gradients(string implementation)
    {
        ISelectiveScan scan = Scan(implementation);
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> golden = Golden.Read("scan_large");
        foreach ((string name, long[] shape, double low, double high) in LargeInputs)
        {
            golden.Add("in." + name, NumberFormula.Range("scan_large." + name, shape, low, high));
        }

        for (int group = 0; group < 4; group++)
        {
            Check(scan, golden, group, group, 64, 64);
        }

        if (implementation is not ("Reference" or "Cuda"))
        {
            CheckLastState(scan, golden); // 64 more passes: minutes for the slow forms, which the smaller files check
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void The_state_after_the_last_step_is_the_official_one(string implementation)
    {
        using DisposeScope scope = NewDisposeScope();
        CheckLastState(Scan(implementation), Golden.Read("scan_small"));
        CheckLastState(Scan(implementation), Golden.Read("scan_medium"));
    }

    /// <summary>The implementation of this name; skips the test where the processor lacks it.</summary>
    internal static ISelectiveScan Scan(string implementation) => implementation switch
    {
        "Reference" => new ReferenceScan(),
        "Chunked" => new ChunkedScan(),
        "Cuda" => new CudaScan(KernelsOnCpu.Source()), // selective_scan.cu, its threads on this processor
        _ => new ManagedScan(ManagedScanTests.Supported(implementation)),
    };

    /// <summary>No implementation returns its state, but with C = 1 for one state and no skip the last output is that state.</summary>
    private static void CheckLastState(ISelectiveScan scan, Dictionary<string, Tensor> golden)
    {
        using DisposeScope scope = NewDisposeScope();
        long channels = golden["in.u"].shape[1], length = golden["in.u"].shape[2];
        using IDisposable off = no_grad();
        for (int state = 0; state < States; state++)
        {
            using DisposeScope one = NewDisposeScope();
            var parts = new List<Tensor>();
            for (int group = 0; group < 4; group++)
            {
                Inputs inputs = InputsOf(golden, group, 0, 1, (int)length);
                Tensor rows = inputs.Projected.view(inputs.X.shape[0], length, 4, -1);
                Tensor c = rows.narrow(3, inputs.Padded + States, States);
                c.zero_();
                c.select(2, 0).select(2, state).fill_(1);
                Tensor y = scan.Scan(
                    inputs.X, inputs.Projected, inputs.Weight, inputs.Bias, inputs.ALogs, zeros_like(inputs.Skip), 1, (int)length);
                parts.Add(y.select(1, length - 1).narrow(1, 0, channels / 4)); // (B, D)
            }

            Golden.Close(cat(parts, 1), golden["last_state"].select(2, state), 2e-6, $"state {state}");
        }
    }

    private static void Check(
        ISelectiveScan scan, Dictionary<string, Tensor> golden, int group, int direction, int height, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        Inputs inputs = InputsOf(golden, group, direction, height, width);
        (Tensor x, Tensor projected, Tensor bias, Tensor skip) = (inputs.X, inputs.Projected, inputs.Bias, inputs.Skip);
        (long own, long padded) = (inputs.Own, inputs.Padded);
        Tensor order = tensor(inputs.Order);
        Tensor OnGrid(Tensor t) => t.transpose(1, 2).index_select(1, order.argsort());
        Tensor AlongWalk(Tensor t) => t.index_select(1, order).transpose(1, 2);
        Tensor Channels(string name, int dim) => golden[name].narrow(dim, group * own, own);
        Tensor upstream = cat([OnGrid(Channels("in.grad_out", 1)), zeros(x.shape[0], x.shape[1], padded - own)], 2);

        Tensor y = scan.Scan(x, projected, inputs.Weight, bias, inputs.ALogs, skip, height, width);
        Autograd.Backward((y * upstream).sum());

        string where = $"group {group}, direction {direction}: ";
        Tensor Own(Tensor t, int dim) => t.narrow(dim, 0, own);
        Golden.Close(AlongWalk(Own(y.detach(), 2)), Channels("out", 1), 2e-6, where + "out");
        Golden.Close(AlongWalk(Own(x.grad!, 2)), Channels("grad.u", 1), 5e-6, where + "u");
        Tensor rows = projected.grad!.view(x.shape[0], height * width, 4, -1).select(2, direction);
        Golden.Close(AlongWalk(Own(rows, 2)), Channels("grad.delta", 1), 5e-6, where + "delta");
        Golden.Close(
            AlongWalk(rows.narrow(2, padded, States)), golden["grad.B"].select(1, group), 5e-6, where + "B");
        Golden.Close(
            AlongWalk(rows.narrow(2, padded + States, States)), golden["grad.C"].select(1, group), 5e-6, where + "C");
        Tensor byA = Own(inputs.ALogs.grad!.view(4, padded, States)[direction], 0) / Channels("in.A", 0); // A = -exp(A_log)
        Golden.Close(byA, Channels("grad.A", 0), 5e-6, where + "A");
        Golden.Close(Own(bias.grad![direction], 0), Channels("grad.delta_bias", 0), 5e-6, where + "bias");
        Golden.Close(Own(skip.grad!.view(4, padded)[direction], 0), Channels("grad.D", 0), 5e-6, where + "D");
    }

    private static Inputs InputsOf(Dictionary<string, Tensor> golden, int group, int direction, int height, int width)
    {
        long own = golden["in.u"].shape[1] / 4;
        long padded = (own + 15) / 16 * 16; // the widest vectors take sixteen channels
        var walk = new Walk(direction, height, width);
        long[] order = [.. Enumerable.Range(0, height * width).Select(t => (long)walk.PositionOf(t))];
        Tensor inverse = tensor(order).argsort();
        Tensor OnGrid(Tensor t) => t.transpose(1, 2).index_select(1, inverse);              // (B, D, L) to (B, L, D)
        Tensor Channels(string name, int dim) => golden[name].narrow(dim, group * own, own);
        Tensor Pad(Tensor t, int dim) =>
            cat([t, zeros([.. t.shape.Select((n, i) => i == dim ? padded - own : n)])], dim);
        Tensor ForDirection(Tensor t, Tensor others) =>
            stack([.. Enumerable.Range(0, 4).Select(k => k == direction ? t : others)]);
        Tensor Leaf(Tensor t) => t.contiguous().detach().clone().requires_grad_(true);

        Tensor x = Leaf(Pad(OnGrid(Channels("in.u", 1)), 2));
        Tensor delta = OnGrid(Channels("in.delta", 1));                                    // R = D: the identity
        Tensor b = OnGrid(golden["in.B"].select(1, group)), c = OnGrid(golden["in.C"].select(1, group));
        Tensor row = cat([Pad(delta, 2), b, c], 2);
        Tensor projected = Leaf(ForDirection(row, zeros_like(row)).permute(1, 2, 0, 3).flatten(2));
        Tensor weight = eye(padded).expand(4, padded, padded).contiguous();
        Tensor bias = Leaf(ForDirection(Pad(Channels("in.delta_bias", 0), 0), zeros(padded)));
        Tensor a = Channels("in.A", 0);
        Tensor aLogs = Leaf(
            ForDirection(cat([(-a).log(), zeros(padded - own, States)]), zeros(padded, States)).flatten(0, 1));
        Tensor skip = Leaf(ForDirection(Pad(Channels("in.D", 0), 0), zeros(padded)).flatten());
        return new Inputs(x, projected, weight, bias, aLogs, skip, own, padded, order);
    }

    /// <summary>One group of a golden file as one call of ours: <c>Own</c> of its <c>Padded</c> channels are the group's.</summary>
    private sealed record Inputs(
        Tensor X, Tensor Projected, Tensor Weight, Tensor Bias, Tensor ALogs, Tensor Skip, long Own, long Padded, long[] Order);
}
