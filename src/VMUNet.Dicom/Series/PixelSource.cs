using VMUNet.Codecs;

namespace VMUNet.Dicom;

/// <summary>Decoded bytes of one frame, whatever the transfer syntax.</summary>
internal static class PixelSource
{
    /// <summary>The frame's samples, little endian, at least <paramref name="expectedBytes"/> of them; those of
    /// compressed colour frames at full resolution, pixel by pixel.</summary>
    /// <exception cref="RefusalException">No pixel data, an encoding that cannot be decoded, or too few
    /// bytes.</exception>
    public static byte[] Frame(SliceHeader slice, int expectedBytes)
    {
        var what = $"Instance {slice.SopInstanceUid}";
        if (!slice.Data.Contains(DicomTag.PixelData))
        {
            throw new RefusalException(RefusalReason.NoPixelData,
                $"{what} has no pixel data; expected {expectedBytes} bytes a frame. Re-send the whole image");
        }
        var bytes = Frame(slice.Data, slice.FrameIndex, what);
        if (bytes.Length < expectedBytes)
        {
            throw new RefusalException(RefusalReason.Damaged,
                $"{what} has {bytes.Length} bytes in frame {slice.FrameIndex + 1}; its size demands {expectedBytes}. "
                + "Re-send the image");
        }
        return bytes;
    }

    /// <summary>A frame of an object that has pixel data.</summary>
    /// <param name="data">The object.</param>
    /// <param name="frame">0-based frame.</param>
    /// <param name="what">The object in words, with its UID.</param>
    /// <exception cref="RefusalException">An encoding that cannot be decoded, or a broken frame.</exception>
    public static byte[] Frame(DicomDataset data, int frame, string what)
    {
        var syntax = data.InternalTransferSyntax;
        DecodableTransferSyntaxes.Demand(syntax, what);
        return Try(frame, what, () =>
        {
            var stored = DicomPixelData.Create(data).GetFrame(frame).Data;
            return syntax.IsEncapsulated ? FrameCodec.Decode(syntax.UID.UID, stored, Shape(data)) : stored;
        });
    }

    /// <summary>The frame as it is stored, for what a compressed frame says about itself.</summary>
    /// <exception cref="RefusalException">The frame cannot be found.</exception>
    public static byte[] Stored(SliceHeader slice) => Try(slice.FrameIndex, $"Instance {slice.SopInstanceUid}",
        () => DicomPixelData.Create(slice.Data).GetFrame(slice.FrameIndex).Data);

    private static FrameShape Shape(DicomDataset data) => new()
    {
        Rows = data.GetInt(DicomTag.Rows, 0),
        Columns = data.GetInt(DicomTag.Columns, 0),
        SamplesPerPixel = data.GetInt(DicomTag.SamplesPerPixel, 1),
        BitsAllocated = data.GetInt(DicomTag.BitsAllocated, 0),
        IsSigned = data.GetInt(DicomTag.PixelRepresentation, 0) == 1,
    };

    private static byte[] Try(int frame, string what, Func<byte[]> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is DicomException or ArgumentException or InvalidOperationException
            or OverflowException or EndOfStreamException or NotSupportedException or CodecException)
        {
            throw new RefusalException(RefusalReason.Damaged,
                $"{what}: pixel data of frame {frame + 1} cannot be read ({e.Message}). Re-send the image");
        }
    }
}
