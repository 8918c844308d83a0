using System.Numerics;
using System.Runtime.InteropServices;
using VMUNet.Model.Scan;

namespace VMUNet.Model;

/// <summary>AdamW on one flat array of weights (Loshchilov and Hutter; PyTorch's form: decay first, then the Adam step).</summary>
/// <remarks>Element-wise float32 without fused operations, so the bits do not depend on the vector width.</remarks>
internal sealed class AdamW
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const float Epsilon = 1e-8f;

    /// <summary>Starts with zero moments.</summary>
    /// <param name="count">Number of weights.</param>
    public AdamW(int count)
    {
        First = new float[count];
        Second = new float[count];
    }

    /// <summary>Running mean of the gradient.</summary>
    public float[] First { get; }

    /// <summary>Running mean of the squared gradient.</summary>
    public float[] Second { get; }

    /// <summary>Steps taken so far.</summary>
    public long Steps { get; set; }

    /// <summary>Takes one step.</summary>
    /// <param name="weights">Changed in place.</param>
    /// <param name="gradient">Same length.</param>
    /// <param name="gradientScale">Factor on the gradient (clipping).</param>
    /// <param name="rate">Learning rate of this step.</param>
    /// <param name="decayed">Ranges (offset, length) that decay by <paramref name="decay"/>; the rest does not decay.</param>
    /// <param name="decay">Weight decay.</param>
    public void Step(
        float[] weights,
        float[] gradient,
        double gradientScale,
        double rate,
        IReadOnlyList<(int Offset, int Length)> decayed,
        double decay)
    {
        Steps++;
        var keep = (float)(1 - rate * decay);
        WorkItems.Run(decayed.Count, TorchRuntime.Threads, i => Scale(weights.AsSpan(decayed[i].Offset, decayed[i].Length), keep));

        var step = (float)(rate / (1 - Math.Pow(Beta1, Steps)));
        var correction = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps)));
        FlatArray.ForPieces(weights.Length, (offset, length) => Step(
            weights.AsSpan(offset, length), gradient.AsSpan(offset, length), First.AsSpan(offset, length),
            Second.AsSpan(offset, length), (float)gradientScale, step, correction));
    }

    private static void Scale(Span<float> weights, float by)
    {
        var whole = MemoryMarshal.Cast<float, Vector<float>>(weights);
        for (var i = 0; i < whole.Length; i++)
        {
            whole[i] *= by;
        }

        for (var i = whole.Length * Vector<float>.Count; i < weights.Length; i++)
        {
            weights[i] *= by;
        }
    }

    private static void Step(
        Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, float scale, float step,
        float correction)
    {
        const float B1 = (float)Beta1, B2 = (float)Beta2, C1 = (float)(1 - Beta1), C2 = (float)(1 - Beta2);
        var w = MemoryMarshal.Cast<float, Vector<float>>(weights);
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var m = MemoryMarshal.Cast<float, Vector<float>>(first);
        var v = MemoryMarshal.Cast<float, Vector<float>>(second);
        for (var i = 0; i < w.Length; i++)
        {
            var grad = g[i] * scale;
            m[i] = m[i] * B1 + grad * C1;
            v[i] = v[i] * B2 + grad * grad * C2;
            w[i] -= m[i] * step / (Vector.SquareRoot(v[i]) * correction + new Vector<float>(Epsilon));
        }

        for (var i = w.Length * Vector<float>.Count; i < weights.Length; i++)
        {
            var grad = gradient[i] * scale;
            first[i] = first[i] * B1 + grad * C1;
            second[i] = second[i] * B2 + grad * grad * C2;
            weights[i] -= first[i] * step / (MathF.Sqrt(second[i]) * correction + Epsilon);
        }
    }
}
