namespace VMUNet.Model;

/// <summary>Exact order statistics of many floats in two passes, without sorting or copying them.</summary>
internal static class OrderStatistic
{
    /// <summary>The value that <paramref name="share"/> of the others lie below: element floor(share * (n - 1)) of the sorted list.</summary>
    /// <param name="values">At least one value, none of them NaN.</param>
    /// <param name="share">0 to 1.</param>
    public static float At(ReadOnlySpan<float> values, double share)
    {
        var rank = (long)(share * (values.Length - 1));
        var counts = new long[1 << 16];
        foreach (var value in values)
        {
            counts[Key(value) >> 16]++;
        }

        var high = Find(counts, ref rank);
        Array.Clear(counts);
        foreach (var value in values)
        {
            var key = Key(value);
            if (key >> 16 == high)
            {
                counts[key & 0xFFFF]++;
            }
        }

        var bits = (high << 16) | Find(counts, ref rank);
        return BitConverter.UInt32BitsToSingle((bits & 0x80000000) != 0 ? bits ^ 0x80000000 : ~bits);
    }

    private static uint Find(long[] counts, ref long rank)
    {
        uint bucket = 0;
        while (rank >= counts[bucket])
        {
            rank -= counts[bucket++];
        }

        return bucket;
    }

    /// <summary>Bits whose unsigned order is the order of the floats.</summary>
    private static uint Key(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }
}
