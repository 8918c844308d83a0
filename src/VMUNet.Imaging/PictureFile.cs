using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace VMUNet.Imaging;

/// <summary>
/// Colour photographs (JPEG, PNG) and masks (PNG). Pixels are taken as stored: neither colour profiles nor the camera's
/// orientation tag is applied, so that a picture and the mask drawn on it share one grid.
/// </summary>
public static class PictureFile
{
    private const long PixelLimit = 200_000_000;

    /// <summary>Reads an 8-bit JPEG or PNG; grey becomes equal channels, transparency is put on black.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">No picture, damaged, more than 8 bits a channel, or too large.</exception>
    public static Picture Read(string path)
    {
        var (rows, columns, rgba) = Decode(path, out var name);
        _ = name;
        var rgb = new byte[3 * rows * columns];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = rgba[from];
            rgb[to + 1] = rgba[from + 1];
            rgb[to + 2] = rgba[from + 2];
        }

        return new Picture(rows, columns, rgb);
    }

    /// <summary>
    /// Reads a mask from a PNG: either 0 and 255 (255 becomes label 1) or label values as they are. Geometry is that of a
    /// picture without calibration.
    /// </summary>
    /// <param name="path">A grey PNG, or a colour PNG with three equal channels.</param>
    /// <exception cref="BadInputException">Lossy, coloured, or 255 mixed with other values.</exception>
    public static LabelMap ReadMask(string path)
    {
        var (rows, columns, rgba) = Decode(path, out var name);
        var labels = new byte[rows * columns];
        Span<bool> seen = stackalloc bool[256];
        for (var i = 0; i < labels.Length; i++)
        {
            var value = rgba[4 * i];
            if (rgba[(4 * i) + 1] != value || rgba[(4 * i) + 2] != value)
            {
                throw new BadInputException($"{name}: a mask must be grey (0 and 255, or label values) but this picture is coloured.");
            }

            labels[i] = value;
            seen[value] = true;
        }

        if (!seen[255])
        {
            return new LabelMap(VolumeGeometry.ForPicture(rows, columns), labels);
        }

        if (seen[1..255].Contains(true))
        {
            throw new BadInputException(
                $"{name}: a mask holds either 0 and 255, or label values below 255; this one mixes them. Was it saved with loss or smoothing?");
        }

        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = labels[i] == 255 ? (byte)1 : (byte)0;
        }

        return new LabelMap(VolumeGeometry.ForPicture(rows, columns), labels);
    }

    /// <summary>Writes a picture as PNG.</summary>
    public static void WritePng(string path, Picture p) => File.WriteAllBytes(path, EncodePng(p));

    /// <summary>
    /// Writes a one-slice label map as grey PNG: 0 and 255 when only label 1 occurs, so that people can see it, else the label
    /// values. <see cref="ReadMask"/> reads both back to the same labels.
    /// </summary>
    public static void WriteMaskPng(string path, LabelMap l)
    {
        ArgumentNullException.ThrowIfNull(l);
        if (l.Geometry.Slices != 1)
        {
            throw new ArgumentException($"A mask picture has one slice, {l.Geometry.Slices} came.", nameof(l));
        }

        var isBinary = !l.Labels.ContainsAnyExcept((byte)0, (byte)1);
        var grey = l.Labels.ToArray();
        if (isBinary)
        {
            foreach (ref var value in grey.AsSpan())
            {
                value *= 255;
            }
        }

        var info = new SKImageInfo(l.Geometry.Columns, l.Geometry.Rows, SKColorType.Gray8, SKAlphaType.Opaque);
        File.WriteAllBytes(path, Encode(info, grey));
    }

    /// <summary>The picture as the bytes of a PNG file.</summary>
    public static byte[] EncodePng(Picture p)
    {
        ArgumentNullException.ThrowIfNull(p);
        var rgba = new byte[4 * p.Rows * p.Columns];
        var rgb = p.Rgb;
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
        {
            rgb.Slice(from, 3).CopyTo(rgba.AsSpan(to));
            rgba[to + 3] = 255;
        }

        return Encode(new SKImageInfo(p.Columns, p.Rows, SKColorType.Rgba8888, SKAlphaType.Opaque), rgba);
    }

    private static byte[] Encode(SKImageInfo info, byte[] pixels)
    {
        var pinned = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        try
        {
            using var pixmap = new SKPixmap(info, pinned.AddrOfPinnedObject());
            using var png = pixmap.Encode(SKEncodedImageFormat.Png, 100)
                ?? throw new InvalidOperationException($"A picture of {info.Width} x {info.Height} pixels could not be encoded.");
            return png.ToArray();
        }
        finally
        {
            pinned.Free();
        }
    }

    private static (int Rows, int Columns, byte[] Rgba) Decode(string path, out string name)
    {
        ArgumentNullException.ThrowIfNull(path);
        name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            throw new BadInputException($"{name}: there is no such file. Give the path of a JPEG or PNG picture.");
        }

        var bytes = File.ReadAllBytes(path);
        RefuseUnsupportedDepth(bytes, name);
        using var stream = new MemoryStream(bytes, writable: false);
        using var codec = SKCodec.Create(stream);
        if (codec is null || codec.EncodedFormat is not (SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Png))
        {
            throw new BadInputException($"{name}: not a JPEG or PNG picture that can be read.");
        }

        var (columns, rows) = (codec.Info.Width, codec.Info.Height);
        if ((long)rows * columns > PixelLimit)
        {
            throw new BadInputException($"{name}: {columns} x {rows} pixels are more than the {PixelLimit} that are read.");
        }

        // Without a colour space Skia hands the stored values over unchanged.
        var info = new SKImageInfo(columns, rows, SKColorType.Rgba8888, SKAlphaType.Premul);
        var rgba = new byte[4 * rows * columns];
        var pinned = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        try
        {
            var result = codec.GetPixels(info, pinned.AddrOfPinnedObject());
            return result == SKCodecResult.Success
                ? (rows, columns, rgba)
                : throw new BadInputException($"{name}: the picture is damaged or cut off ({result}); copy or export it again.");
        }
        finally
        {
            pinned.Free();
        }
    }

    // PNG (ISO 15948) keeps the bit depth at byte 24 and the colour type at byte 25. 16 bits would be cut to 8 silently, and
    // grey of 2 or 4 bits is stretched to 0..255, which destroys label values.
    private static void RefuseUnsupportedDepth(ReadOnlySpan<byte> bytes, string name)
    {
        ReadOnlySpan<byte> signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];
        if (bytes.Length < 26 || !bytes.StartsWith(signature) || BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) != 0x49484452)
        {
            return;
        }

        var (depth, colourType) = (bytes[24], bytes[25]);
        if (depth == 16 || (colourType == 0 && depth is 2 or 4))
        {
            throw new BadInputException($"{name}: the PNG has {depth} bits a channel; 8 were expected. Convert it to 8 bits.");
        }
    }
}
