using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Whether this processor gains from the fast profile: some have no instructions for bfloat16 and would lose.</summary>
public static class PrecisionProbe
{
    private const int Turns = 25;
    private const double LeastGain = 1.15;
    private static readonly Lazy<double> Measured = new(Measure);

    /// <summary>How many times faster a product of the network's usual size is with factors in bfloat16. Measured once, in some milliseconds.</summary>
    public static double Gain => Measured.Value;

    /// <summary>The faster profile here; float32 when the gain is small.</summary>
    public static Precision Choose() => Choose(Gain);

    /// <summary>The profile for a measured gain.</summary>
    internal static Precision Choose(double gain) => gain >= LeastGain ? Precision.Fast : Precision.Fp32;

    // On a thread of its own and with it alone, turn by turn: where much else runs, the least of many short times still tells the
    // processor's own speed. A chance result here would make two processes differ in single voxels.
    private static double Measure() =>
        Task.Factory.StartNew(MeasureHere, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).GetAwaiter().GetResult();

    private static double MeasureHere()
    {
        int before = TorchRuntime.Threads;
        TorchRuntime.UseOnThisThread(1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = inference_mode();
        Tensor x = ones(256, 384), weight = ones(768, 384);
        using Product exact = new(), fast = new();
        exact.Prepare(weight, Precision.Fp32);
        fast.Prepare(weight, Precision.Fast);
        double leastExact = double.MaxValue, leastFast = double.MaxValue;
        for (int i = 0; i < Turns; i++)
        {
            leastExact = Math.Min(leastExact, Seconds(exact));
            leastFast = Math.Min(leastFast, Seconds(fast));
        }

        TorchRuntime.UseOnThisThread(before); // libtorch hands the number on to threads begun later
        return leastExact / leastFast;

        double Seconds(Product product)
        {
            long start = Stopwatch.GetTimestamp();
            product.Of(x, weight).Dispose();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
