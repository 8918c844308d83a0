using VMUNet.Codecs;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.Imaging.Codec;

/// <summary>Makes decoded frames of stored ones.</summary>
internal static class FrameDecoder
{
    /// <summary>Samples little endian, colour pixel by pixel; 1-bit frames stay packed.</summary>
    /// <exception cref="DicomDataException">No decoder, or the frame is broken.</exception>
    public static IByteBuffer Decode(DicomPixelData pixels, int frame)
    {
        var stored = pixels.GetFrame(frame);
        if (!pixels.Syntax.IsEncapsulated)
        {
            return pixels is { SamplesPerPixel: > 1, PlanarConfiguration: PlanarConfiguration.Planar }
                ? new MemoryByteBuffer(Interleave(stored.Data, pixels)) : stored;
        }

        if (!FrameCodec.Syntaxes.Contains(pixels.Syntax.UID.UID))
        {
            throw new DicomDataException($"There is no decoder for {pixels.Syntax} [{pixels.Syntax.UID.UID}].");
        }

        var shape = new FrameShape
        {
            Rows = pixels.Height,
            Columns = pixels.Width,
            SamplesPerPixel = pixels.SamplesPerPixel,
            BitsAllocated = pixels.BitsAllocated,
            IsSigned = pixels.PixelRepresentation == PixelRepresentation.Signed,
        };
        try
        {
            return new MemoryByteBuffer(FrameCodec.Decode(pixels.Syntax.UID.UID, stored.Data, shape));
        }
        catch (CodecException e)
        {
            throw new DicomDataException(e.Message, e);
        }
    }

    private static byte[] Interleave(byte[] planes, DicomPixelData pixels)
    {
        var (samples, width) = ((int)pixels.SamplesPerPixel, pixels.BytesAllocated);
        var count = planes.Length / (samples * width);
        var result = new byte[planes.Length];
        for (var pixel = 0; pixel < count; pixel++)
        {
            for (var sample = 0; sample < samples; sample++)
            {
                var to = result.AsSpan((pixel * samples + sample) * width);
                planes.AsSpan((sample * count + pixel) * width, width).CopyTo(to);
            }
        }

        return result;
    }
}
