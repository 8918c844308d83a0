using System.Buffers.Binary;

namespace VMUNet.Codecs;

/// <summary>Run-length coding of PS3.5 annex G: one segment for each byte of a sample, highest byte first.</summary>
internal static class RunLength
{
    private const int HeaderSize = 64;
    private const int MaximumSegments = 15;

    // Two bytes code a run of at most 128.
    private const int MaximumRatio = 64;

    /// <exception cref="CodecException">The frame is broken.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> data, in FrameShape shape)
    {
        var isBits = shape.BitsAllocated == 1;
        var (samples, width) = ((int)shape.SamplesPerPixel, shape.BytesAllocated);
        if (data.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(data) is var count &&
            (count != samples * width || count > MaximumSegments))
        {
            throw new CodecException($"An RLE frame needs a header and {samples * width} segments.");
        }

        var plane = isBits ? shape.ByteCount : (int)Math.Min(int.MaxValue, (long)shape.Columns * shape.Rows);
        if (shape.ByteCount > (long)MaximumRatio * data.Length)
        {
            throw new CodecException($"An RLE frame of {data.Length} bytes is too short for {shape.ByteCount}.");
        }

        var result = new byte[shape.ByteCount];
        for (var segment = 0; segment < samples * width; segment++)
        {
            var start = Offset(data, segment);
            var end = (uint)data.Length; // or where the next segment begins, in whatever order they stand
            for (var other = 0; other < samples * width; other++)
            {
                if (Offset(data, other) is var next && next > start && next < end)
                {
                    end = next;
                }
            }

            if (start < HeaderSize || start > end)
            {
                throw new CodecException($"RLE segment {segment} lies outside its frame.");
            }

            var (sample, place) = (segment / width, width - 1 - segment % width);
            DecodeSegment(data[(int)start..(int)end], result.AsSpan(sample * width + place), plane, samples * width);
        }

        return result;
    }

    private static uint Offset(ReadOnlySpan<byte> data, int segment) =>
        BinaryPrimitives.ReadUInt32LittleEndian(data[(4 + 4 * segment)..]);

    /// <summary>Writes <paramref name="count"/> bytes, one every <paramref name="step"/> bytes.</summary>
    private static void DecodeSegment(ReadOnlySpan<byte> data, Span<byte> target, int count, int step)
    {
        var done = 0;
        for (var i = 0; i < data.Length && done < count;)
        {
            var control = (sbyte)data[i++];
            if (control == sbyte.MinValue)
            {
                continue;
            }

            var length = Math.Min(control >= 0 ? control + 1 : 1 - control, count - done);
            var isRun = control < 0;
            if (i + (isRun ? 1 : length) > data.Length)
            {
                break;
            }

            for (var k = 0; k < length; k++)
            {
                target[(done + k) * step] = data[isRun ? i : i + k];
            }

            i += isRun ? 1 : control + 1;
            done += length;
        }

        if (done < count)
        {
            throw new CodecException($"An RLE segment ends after {done} of {count} bytes.");
        }
    }
}
