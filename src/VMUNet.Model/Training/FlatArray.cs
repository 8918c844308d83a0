using System.Numerics;
using System.Runtime.InteropServices;
using VMUNet.Model.Scan;

namespace VMUNet.Model;

/// <summary>
/// Arithmetic on the flat arrays of the trainer, in pieces of a fixed size: the same bits for any number of threads, and without
/// fused operations, so for any vector width too.
/// </summary>
internal static class FlatArray
{
    private const int Piece = 1 << 20; // a multiple of every vector width

    /// <summary>Runs <paramref name="work"/> on pieces (offset, length) that cover an array.</summary>
    public static void ForPieces(int count, Action<int, int> work) => WorkItems.Run(
        (count + Piece - 1) / Piece, TorchRuntime.Threads, i => work(i * Piece, Math.Min(Piece, count - (i * Piece))));

    /// <summary>Sets <paramref name="sum"/> to the sum of the parts, added in their order.</summary>
    public static void Sum(float[] sum, IReadOnlyList<float[]> parts) => ForPieces(sum.Length, (offset, length) =>
    {
        var to = sum.AsSpan(offset, length);
        parts[0].AsSpan(offset, length).CopyTo(to);
        for (var part = 1; part < parts.Count; part++)
        {
            Add(to, parts[part].AsSpan(offset, length));
        }
    });

    /// <summary>Euclidean norm, summed in double precision.</summary>
    public static double Norm(float[] values)
    {
        var sums = new double[(values.Length + Piece - 1) / Piece];
        ForPieces(values.Length, (offset, length) => sums[offset / Piece] = Squares(values.AsSpan(offset, length)));
        return Math.Sqrt(sums.Sum());
    }

    /// <summary>Moves each number of <paramref name="mean"/> a part of its way to that of <paramref name="values"/>.</summary>
    public static void MoveTowards(float[] mean, float[] values, float part) => ForPieces(mean.Length, (offset, length) =>
    {
        var to = mean.AsSpan(offset, length);
        var from = values.AsSpan(offset, length);
        var a = MemoryMarshal.Cast<float, Vector<float>>(to);
        var b = MemoryMarshal.Cast<float, Vector<float>>(from);
        for (var i = 0; i < a.Length; i++)
        {
            a[i] += (b[i] - a[i]) * part;
        }

        for (var i = a.Length * Vector<float>.Count; i < length; i++)
        {
            to[i] += (from[i] - to[i]) * part;
        }
    });

    private static void Add(Span<float> to, ReadOnlySpan<float> part)
    {
        var a = MemoryMarshal.Cast<float, Vector<float>>(to);
        var b = MemoryMarshal.Cast<float, Vector<float>>(part);
        for (var i = 0; i < a.Length; i++)
        {
            a[i] += b[i];
        }

        for (var i = a.Length * Vector<float>.Count; i < to.Length; i++)
        {
            to[i] += part[i];
        }
    }

    // Four sums: additions of doubles are a chain.
    private static double Squares(ReadOnlySpan<float> values)
    {
        double a = 0, b = 0, c = 0, d = 0;
        var i = 0;
        for (; i + 3 < values.Length; i += 4)
        {
            a += (double)values[i] * values[i];
            b += (double)values[i + 1] * values[i + 1];
            c += (double)values[i + 2] * values[i + 2];
            d += (double)values[i + 3] * values[i + 3];
        }

        for (; i < values.Length; i++)
        {
            a += (double)values[i] * values[i];
        }

        return a + b + (c + d);
    }
}
