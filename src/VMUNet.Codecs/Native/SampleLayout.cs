namespace VMUNet.Codecs.Native;

/// <summary>Samples as decoders give them, laid out as a decoded frame.</summary>
internal static class SampleLayout
{
    /// <summary>Widens samples to the allocated bytes, brings colour pixel by pixel, packs 1-bit samples.</summary>
    /// <param name="samples">Little endian.</param>
    /// <param name="width">Bytes of a sample: 1 or 2.</param>
    /// <param name="isPlanar">Plane by plane.</param>
    /// <param name="bits">Bits of a sample, from which signed ones are extended.</param>
    /// <param name="shape">Shape of the frame.</param>
    public static byte[] ToFrame(byte[] samples, int width, bool isPlanar, int bits, in FrameShape shape)
    {
        var target = shape.BytesAllocated;
        if (width == target && (!isPlanar || shape.SamplesPerPixel == 1) && shape.BitsAllocated > 1
            && (!shape.IsSigned || bits == 8 * target))
        {
            return samples;
        }

        var frame = new byte[shape.ByteCount];
        var (count, channels) = (shape.Rows * shape.Columns, shape.SamplesPerPixel);
        for (var i = 0; i < count * channels; i++)
        {
            var source = isPlanar ? (i % channels * count) + (i / channels) : i;
            var value = width == 1 ? samples[source] : samples[2 * source] | samples[(2 * source) + 1] << 8;
            Put(frame, i, shape.IsSigned ? value << (32 - bits) >> (32 - bits) : value, shape);
        }

        return frame;
    }

    /// <summary>Writes a sample's low bytes, or its bit.</summary>
    public static void Put(byte[] frame, int index, int value, in FrameShape shape)
    {
        if (shape.BitsAllocated == 1)
        {
            frame[index / 8] |= (byte)((value & 1) << (index % 8));
            return;
        }

        var width = shape.BytesAllocated;
        for (var k = 0; k < width; k++)
        {
            frame[(index * width) + k] = (byte)(value >> Math.Min(8 * k, 31));
        }
    }
}
