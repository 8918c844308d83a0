using System.Numerics;
using System.Runtime.InteropServices;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Pictures made so small that only what they show is left, to find those that show the same.</summary>
internal static class Thumbnail
{
    private const int Side = 16;

    /// <summary>Small copy with mean 0 and length 1: the product of two is their correlation. Null for a flat picture.</summary>
    public static float[]? Of(Picture picture)
    {
        var (small, _) = Tile.Fit(picture, default, Side, 1, stretch: true);
        var values = new float[small.Rgb.Length];
        var mean = 0f;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = small.Rgb[i];
            mean += values[i] / values.Length;
        }

        var length = 0.0;
        foreach (ref var value in values.AsSpan())
        {
            value -= mean;
            length += value * value;
        }

        foreach (ref var value in values.AsSpan())
        {
            value /= (float)Math.Sqrt(length);
        }

        return length > values.Length ? values : null; // under one grey value of contrast there is nothing to compare
    }

    /// <summary>Correlation of two, -1 to 1.</summary>
    public static float Correlation(float[] a, float[] b)
    {
        var x = MemoryMarshal.Cast<float, Vector<float>>(a);
        var y = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sum = Vector<float>.Zero;
        for (var i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return Vector.Sum(sum);
    }
}
