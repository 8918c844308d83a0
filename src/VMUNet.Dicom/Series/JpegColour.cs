using System.Buffers.Binary;

namespace VMUNet.Dicom;

/// <summary>What a JPEG frame itself says about its colours. Cameras' JPEG files are often wrapped with a photometric
/// interpretation that is not theirs; every viewer that decodes with libjpeg trusts the frame, so does this.</summary>
internal static class JpegColour
{
    private const byte App0 = 0xE0;
    private const byte App14 = 0xEE;
    private const byte StartOfScan = 0xDA;
    private const int AdobeTransform = 11;

    /// <summary>True for luminance and chrominances, false for red, green and blue, null where the frame does not say
    /// or is no JPEG frame of three components: then the data set's word counts.</summary>
    /// <remarks>In libjpeg's order: JFIF, Adobe's transform, components named R, G, B; subsampled ones are
    /// chrominances.</remarks>
    public static bool? IsYbr(ReadOnlySpan<byte> frame)
    {
        if (frame is not [0xFF, 0xD8, ..])
        {
            return null;
        }
        bool? adobe = null;
        for (var at = 2; at + 4 <= frame.Length && frame[at] == 0xFF;)
        {
            var marker = frame[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]);
            if (length < 2 || marker == StartOfScan)
            {
                return null;
            }
            var body = frame.Slice(at + 4, Math.Min(length - 2, frame.Length - at - 4));
            if (marker == App0 && body.StartsWith("JFIF\0"u8))
            {
                return true;
            }
            if (marker == App14 && body.StartsWith("Adobe"u8) && body.Length > AdobeTransform)
            {
                adobe = body[AdobeTransform] switch { 0 => false, 1 => true, _ => null };
            }
            if (IsFrameHeader(marker))
            {
                return adobe ?? FromComponents(body);
            }
            at += 2 + length;
        }
        return null;
    }

    /// <summary>SOF0 to SOF15 without the tables and the reserved marker between them (T.81 table B.1).</summary>
    private static bool IsFrameHeader(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static bool? FromComponents(ReadOnlySpan<byte> header)
    {
        if (header.Length < 15 || header[5] != 3)
        {
            return null;
        }
        if ((header[6], header[9], header[12]) == ((byte)'R', (byte)'G', (byte)'B'))
        {
            return false;
        }
        return header[7] != header[10] || header[7] != header[13] ? true : null;
    }
}
