namespace VMUNet.Imaging;

/// <summary>Intensity windows: physical values to the range a network or an eye expects.</summary>
public static class Intensity
{
    /// <summary>
    /// (clip(v, low, high) - low) / (high - low) in float32, 0 to 1. With [-125, 275] this is the published CT preprocessing, bit
    /// for bit.
    /// </summary>
    /// <param name="values">Physical values; they are not changed.</param>
    /// <param name="low">Becomes 0.</param>
    /// <param name="high">Becomes 1.</param>
    public static float[] Window(ReadOnlySpan<float> values, float low, float high)
    {
        if (!(high > low))
        {
            throw new ArgumentException(FormattableString.Invariant($"A window's upper end {high} must lie above its lower end {low}."), nameof(high));
        }

        var width = high - low;
        var result = new float[values.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = (Math.Clamp(values[i], low, high) - low) / width;
        }

        return result;
    }
}
