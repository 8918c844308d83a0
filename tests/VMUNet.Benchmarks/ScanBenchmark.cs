using TorchSharp;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Benchmarks;

/// <summary>
/// Processor time of one thread per state update, at the four stages of a 256x256 image and the published width. The
/// figure covers delta's projection, softplus, four directions and their sum.
/// </summary>
internal static class ScanBenchmark
{
    private const int Runs = 9;
    private const int PublishedWidth = 96;

    public static void Run(SortedDictionary<string, double> results)
    {
        using IDisposable off = no_grad();
        for (int stage = 0; stage < 4; stage++)
        {
            using var inputs = new Inputs(side: 64 >> stage, inner: 2 * PublishedWidth << stage);
            string at = $"stage{stage}";
            results[$"scan.fused.{at}.ns_per_update"] = Forward(inputs, ScanLanes.Best);
            results[$"scan.fused.{at}.backward_ns_per_update"] = Backward(inputs, ScanLanes.Best);
            if (stage == 0)
            {
                results[$"scan.fused256.{at}.ns_per_update"] = Forward(inputs, ScanLanes.Vector256);
                results[$"scan.fused256.{at}.backward_ns_per_update"] = Backward(inputs, ScanLanes.Vector256);
                results[$"scan.fused128.{at}.ns_per_update"] = Forward(inputs, ScanLanes.Vector128);
                results[$"scan.fused128.{at}.backward_ns_per_update"] = Backward(inputs, ScanLanes.Vector128);
                results[$"scan.chunked.{at}.ns_per_update"] = inputs.PerUpdate(
                    ProcessorTime.Best(2, () => inputs.Scan(new ChunkedScan())));
                results["scan.fused_over_chunked.stage0.times"] =
                    results[$"scan.chunked.{at}.ns_per_update"] / results[$"scan.fused.{at}.ns_per_update"];
                results[$"scan.reference.{at}.ns_per_update"] = inputs.PerUpdate(
                    ProcessorTime.Best(2, () => inputs.Scan(new ReferenceScan())));
                Convolution(inputs, results);
            }

            Console.Error.WriteLine($"stage {stage} done");
        }

        Growth(results);
    }

    /// <summary>The cost of a token does not grow with the number of tokens.</summary>
    private static void Growth(SortedDictionary<string, double> results)
    {
        foreach (int side in new[] { 32, 64, 128, 256 })
        {
            using var inputs = new Inputs(side, inner: 2 * PublishedWidth);
            double perUpdate = Forward(inputs, ScanLanes.Best);
            results[$"scan.fused.tokens_{side}x{side}.ns_per_update"] = perUpdate;
            Console.Error.WriteLine($"{side} x {side} tokens: {perUpdate:F3} ns a state update");
        }
    }

    private static double Forward(Inputs inputs, ScanLanes lanes)
    {
        var scan = new ManagedScan(lanes);
        return inputs.PerUpdate(ProcessorTime.Best(Runs, () => inputs.Scan(scan)));
    }

    private static double Backward(Inputs inputs, ScanLanes lanes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] t = inputs.Tensors;
        ScanShape shape = ScanShape.Check(t[0], t[1], t[2], t[3], t[4], t[5], inputs.Side, inputs.Side);
        var call = new ScanCall(shape, ManagedScan.Choose(lanes, shape.Inner), 1);
        Tensor checkpoints = call.NewCheckpoints();
        call.Forward(t[0], t[1], t[2], t[3], t[4], t[5], checkpoints);
        return inputs.PerUpdate(ProcessorTime.Best(Runs, () =>
        {
            using DisposeScope run = NewDisposeScope();
            call.Backward(t[0], t[0], t[1], t[2], t[3], t[4], t[5], checkpoints);
        }));
    }

    private static void Convolution(Inputs inputs, SortedDictionary<string, double> results)
    {
        using DisposeScope scope = NewDisposeScope();
        long d = inputs.Tensors[0].shape[2];
        Tensor x = inputs.Tensors[0].view(1, inputs.Side, inputs.Side, d), weight = randn(d, 1, 3, 3), bias = randn(d);
        foreach ((string name, ISelectiveScan scan) in
            new (string, ISelectiveScan)[] { ("fused", new ManagedScan()), ("torch", new ReferenceScan()) })
        {
            results[$"depthwise.{name}.stage0.ms"] = 1e3 * ProcessorTime.Best(
                Runs, () => scan.ConvolveSilu(x, weight, bias).Dispose());
            results[$"depthwise.{name}.stage0.training_ms"] = 1e3 * ProcessorTime.Best(Runs, () =>
            {
                using IDisposable on = enable_grad();
                using DisposeScope run = NewDisposeScope();
                Tensor leaf = x.detach().requires_grad_(true);
                Autograd.Backward(scan.ConvolveSilu(leaf, weight.requires_grad_(true), bias).sum());
            });
        }
    }

    private sealed class Inputs : IDisposable
    {
        private readonly double _updates;

        public Inputs(int side, int inner)
        {
            Side = side;
            int rank = inner / 32;
            long tokens = (long)side * side;
            _updates = 4.0 * tokens * inner * 16;
            using DisposeScope scope = NewDisposeScope();
            manual_seed(1);
            Tensors =
            [
                randn(1, tokens, inner),
                randn(1, tokens, 4 * (rank + 32)),
                ((rand(4, inner, rank) * 2) - 1) * Math.Pow(rank, -0.5),
                full([4, inner], -4.6f),
                arange(1, 17, ScalarType.Float32).log().expand(4 * inner, 16).contiguous(),
                ones(4 * inner),
            ];
            foreach (Tensor tensor in Tensors)
            {
                tensor.MoveToOuterDisposeScope();
            }
        }

        public int Side { get; }

        public Tensor[] Tensors { get; }

        public double PerUpdate(double seconds) => seconds / _updates * 1e9;

        public void Scan(ISelectiveScan scan) =>
            scan.Scan(Tensors[0], Tensors[1], Tensors[2], Tensors[3], Tensors[4], Tensors[5], Side, Side).Dispose();

        public void Dispose()
        {
            foreach (Tensor tensor in Tensors)
            {
                tensor.Dispose();
            }
        }
    }
}
