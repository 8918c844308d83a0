using VMUNet.DicomToolkit.Imaging.Codec.Jpeg;
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

        if (pixels.Syntax == DicomTransferSyntax.RLELossless)
        {
            return new MemoryByteBuffer(RunLength.Decode(stored.Data, pixels));
        }

        if (pixels.Syntax == DicomTransferSyntax.JPEGProcess1 || pixels.Syntax == DicomTransferSyntax.JPEGProcess2_4 ||
            pixels.Syntax == DicomTransferSyntax.JPEGProcess14 || pixels.Syntax == DicomTransferSyntax.JPEGProcess14SV1)
        {
            return new MemoryByteBuffer(JpegDecoder.Decode(stored.Data, pixels));
        }

        throw new DicomDataException($"There is no decoder for {pixels.Syntax} [{pixels.Syntax.UID.UID}].");
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
                planes.AsSpan((sample * count + pixel) * width, width).CopyTo(result.AsSpan((pixel * samples + sample) * width));
            }
        }

        return result;
    }
}
