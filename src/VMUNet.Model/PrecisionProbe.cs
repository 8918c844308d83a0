using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Whether this processor gains from the fast profile: some have no instructions for bfloat16 and would lose.</summary>
public static class PrecisionProbe
{
    private const int Runs = 5;
    private const double LeastGain = 1.15;
    private static readonly Lazy<double> Measured = new(Measure);

    /// <summary>How many times faster a product of the network's usual size is with factors in bfloat16. Measured once, in some milliseconds.</summary>
    public static double Gain => Measured.Value;

    /// <summary>The faster profile here; float32 when the gain is small.</summary>
    public static Precision Choose() => Choose(Gain);

    /// <summary>The profile for a measured gain.</summary>
    internal static Precision Choose(double gain) => gain >= LeastGain ? Precision.Fast : Precision.Fp32;

    private static double Measure()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = inference_mode();
        Tensor x = ones(256, 384), weight = ones(768, 384);
        double exact = Seconds(Precision.Fp32), fast = Seconds(Precision.Fast);
        return exact / fast;

        double Seconds(Precision precision)
        {
            using var product = new Product();
            product.Prepare(weight, precision);
            double best = double.MaxValue;
            for (int i = 0; i <= Runs; i++)
            {
                long start = Stopwatch.GetTimestamp();
                product.Of(x, weight).Dispose();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return best;
        }
    }
}
