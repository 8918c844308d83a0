using System.Runtime.InteropServices;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Photographs and screen captures to RGB, PS3.3 C.7.6.3.1.2 and C.7.6.3.1.5.</summary>
internal static class PhotographDecoder
{
    private const long MaxPixels = 200_000_000;

    /// <summary>Decodes the only frame to RGB, 8 bits a channel.</summary>
    /// <exception cref="RefusalException">The photometric interpretation or the size cannot be used.</exception>
    public static Picture Decode(SliceHeader slice)
    {
        if (slice.Rows < 1 || slice.Columns < 1 || (long)slice.Rows * slice.Columns > MaxPixels)
        {
            throw new RefusalException(RefusalReason.TooLarge,
                $"Instance {slice.SopInstanceUid} has {slice.Rows} rows and {slice.Columns} columns; expected 1 to "
                + $"{MaxPixels} pixels");
        }
        var pixels = slice.Rows * slice.Columns;
        var photometric = slice.Data.GetText(DicomTag.PhotometricInterpretation);
        var rgb = photometric switch
        {
            "YBR_FULL_422" when !IsCompressed(slice) => FromYbr422(slice, pixels),
            "RGB" or "YBR_FULL" or "YBR_FULL_422" => FromColour(slice, pixels, isYbr: photometric != "RGB"),
            // the transforms of JPEG 2000, which its decoder undoes
            "YBR_RCT" or "YBR_ICT" when IsCompressed(slice) => FromColour(slice, pixels, isYbr: false),
            "PALETTE COLOR" => FromPalette(slice, pixels),
            "MONOCHROME1" or "MONOCHROME2" => FromGrey(slice, pixels, photometric == "MONOCHROME1"),
            _ => throw new RefusalException(RefusalReason.UnsupportedEncoding,
                $"Instance {slice.SopInstanceUid} has photometric interpretation '{photometric}'; expected RGB, YBR_FULL, "
                + "YBR_FULL_422, YBR_RCT, YBR_ICT, PALETTE COLOR or MONOCHROME1/2. Have the sender convert it to RGB"),
        };
        return new Picture(slice.Rows, slice.Columns, rgb);
    }

    private static bool IsCompressed(SliceHeader slice) => slice.Data.InternalTransferSyntax.IsEncapsulated;

    /// <summary>Three samples a pixel; a JPEG frame's own word on its colours goes before the data set's.</summary>
    private static byte[] FromColour(SliceHeader slice, int pixels, bool isYbr)
    {
        var samples = Interleaved(slice, pixels);
        if (IsCompressed(slice))
        {
            isYbr = JpegColour.IsYbr(PixelSource.Stored(slice)) ?? isYbr;
        }
        return isYbr ? FromYbr(samples) : samples;
    }

    private static byte[] Interleaved(SliceHeader slice, int pixels)
    {
        Demand8Bit(slice);
        var bytes = PixelSource.Frame(slice, checked(3 * pixels));
        // decompressed frames come colour by pixel, whatever the attribute says
        if (slice.Data.GetInt(DicomTag.PlanarConfiguration, 0) == 0 || IsCompressed(slice))
        {
            return bytes.Length == 3 * pixels ? bytes : bytes[..(3 * pixels)];
        }
        var rgb = new byte[3 * pixels];
        for (var i = 0; i < pixels; i++)
        {
            rgb[3 * i] = bytes[i];
            rgb[3 * i + 1] = bytes[pixels + i];
            rgb[3 * i + 2] = bytes[2 * pixels + i];
        }
        return rgb;
    }

    private static byte[] FromYbr(byte[] ybr)
    {
        var rgb = new byte[ybr.Length];
        for (var i = 0; i < ybr.Length; i += 3)
        {
            Convert(ybr[i], ybr[i + 1], ybr[i + 2], rgb.AsSpan(i, 3));
        }
        return rgb;
    }

    /// <summary>Two luminances share one pair of chrominances: Y1 Y2 Cb Cr.</summary>
    private static byte[] FromYbr422(SliceHeader slice, int pixels)
    {
        Demand8Bit(slice);
        var bytes = PixelSource.Frame(slice, checked(2 * pixels));
        var rgb = new byte[3 * pixels];
        for (var i = 0; i < pixels; i++)
        {
            var pair = i / 2 * 4;
            Convert(bytes[pair + i % 2], bytes[pair + 2], bytes[pair + 3], rgb.AsSpan(3 * i, 3));
        }
        return rgb;
    }

    private static void Convert(double y, double cb, double cr, Span<byte> rgb)
    {
        rgb[0] = Round(y + 1.402 * (cr - 128));
        rgb[1] = Round(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128));
        rgb[2] = Round(y + 1.772 * (cb - 128));
    }

    private static byte[] FromPalette(SliceHeader slice, int pixels)
    {
        var width = slice.Data.GetInt(DicomTag.BitsAllocated, 8) == 16 ? 2 : 1;
        var bytes = PixelSource.Frame(slice, checked(width * pixels));
        var tables = new[]
        {
            Table(slice, DicomTag.RedPaletteColorLookupTableDescriptor, DicomTag.RedPaletteColorLookupTableData),
            Table(slice, DicomTag.GreenPaletteColorLookupTableDescriptor, DicomTag.GreenPaletteColorLookupTableData),
            Table(slice, DicomTag.BluePaletteColorLookupTableDescriptor, DicomTag.BluePaletteColorLookupTableData),
        };
        var isSigned = IsSigned(slice);
        var rgb = new byte[3 * pixels];
        for (var i = 0; i < pixels; i++)
        {
            var index = (width, isSigned) switch
            {
                (1, false) => bytes[i],
                (1, true) => (sbyte)bytes[i],
                (_, false) => bytes[2 * i] | bytes[2 * i + 1] << 8,
                _ => (short)(bytes[2 * i] | bytes[2 * i + 1] << 8),
            };
            for (var c = 0; c < 3; c++)
            {
                var (first, values) = tables[c];
                rgb[3 * i + c] = values[Math.Clamp(index - first, 0, values.Length - 1)];
            }
        }
        return rgb;
    }

    private static (int First, byte[] Values) Table(SliceHeader slice, DicomTag descriptor, DicomTag table)
    {
        var words = Words(slice, descriptor);
        if (words.Length != 3)
        {
            throw BadPalette(slice);
        }
        var entries = words[0] == 0 ? 65536 : words[0];
        var first = IsSigned(slice) ? (short)words[1] : words[1];
        var data = slice.Data.GetBytes(table);
        if (data.Length < entries)
        {
            throw BadPalette(slice);
        }
        // two bytes an entry carry 16-bit values even where the descriptor says 8 (often seen): keep the high byte
        if (data.Length < 2 * entries)
        {
            return (first, data[..entries]);
        }
        var wide = MemoryMarshal.Cast<byte, ushort>(data)[..entries];
        var values = new byte[entries];
        var shift = words[2] == 8 && Max(wide) < 256 ? 0 : 8;
        for (var i = 0; i < entries; i++)
        {
            values[i] = (byte)(wide[i] >> shift);
        }
        return (first, values);
    }

    private static bool IsSigned(SliceHeader slice) => slice.Data.GetInt(DicomTag.PixelRepresentation, 0) == 1;

    private static int Max(ReadOnlySpan<ushort> values)
    {
        var max = 0;
        foreach (var value in values)
        {
            max = Math.Max(max, value);
        }
        return max;
    }

    private static int[] Words(SliceHeader slice, DicomTag tag)
    {
        var bytes = slice.Data.GetBytes(tag);
        return [.. Enumerable.Range(0, bytes.Length / 2).Select(i => bytes[2 * i] | bytes[2 * i + 1] << 8)];
    }

    /// <summary>Grey pictures: 8 bits as they are, more through the window, else from darkest to brightest.</summary>
    private static byte[] FromGrey(SliceHeader slice, int pixels, bool isInverted)
    {
        var rule = StoredPixels.For(slice);
        var values = new float[pixels];
        rule.ToPhysical(PixelSource.Frame(slice, rule.FrameBytes(pixels)), values);
        var (low, high) = slice.Data.GetInt(DicomTag.BitsStored, 8) == 8 ? (0f, 255f) : Window(slice, values);
        var scale = high > low ? 255 / (high - low) : 0;
        var rgb = new byte[3 * pixels];
        for (var i = 0; i < pixels; i++)
        {
            var grey = Round((values[i] - low) * scale);
            rgb.AsSpan(3 * i, 3).Fill(isInverted ? (byte)(255 - grey) : grey);
        }
        return rgb;
    }

    private static (float Low, float High) Window(SliceHeader slice, float[] values)
    {
        if (slice.Number(DicomTag.WindowCenter) is { } centre && slice.Number(DicomTag.WindowWidth) is { } width
            && width >= 1)
        {
            return ((float)(centre - width / 2), (float)(centre + width / 2));
        }
        return (values.Min(), values.Max());
    }

    private static void Demand8Bit(SliceHeader slice)
    {
        var bits = slice.Data.GetInt(DicomTag.BitsAllocated, 8);
        if (bits != 8 || slice.Data.GetInt(DicomTag.SamplesPerPixel, 3) != 3)
        {
            throw new RefusalException(RefusalReason.UnsupportedEncoding,
                $"Instance {slice.SopInstanceUid} has colour of {bits} bits; expected three samples of 8 bits. Have the "
                + "sender convert it");
        }
    }

    private static RefusalException BadPalette(SliceHeader slice) => new(RefusalReason.Damaged,
        $"Instance {slice.SopInstanceUid} is PALETTE COLOR and its lookup tables are missing or too short. Re-send it");

    private static byte Round(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
