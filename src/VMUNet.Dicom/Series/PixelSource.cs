namespace VMUNet.Dicom;

/// <summary>Decoded bytes of one frame, whatever the transfer syntax.</summary>
internal static class PixelSource
{
    /// <summary>The frame's samples, little endian, at least <paramref name="expectedBytes"/> of them.</summary>
    /// <exception cref="RefusalException">No pixel data, an encoding that cannot be decoded, or too few
    /// bytes.</exception>
    public static byte[] Frame(SliceHeader slice, int expectedBytes)
    {
        if (!slice.Data.Contains(DicomTag.PixelData))
        {
            throw new RefusalException(RefusalReason.NoPixelData,
                $"Instance {slice.SopInstanceUid} has no pixel data; expected {expectedBytes} bytes a frame. "
                + "Re-send the whole image");
        }
        var bytes = Decode(slice);
        if (bytes.Length < expectedBytes)
        {
            throw new RefusalException(RefusalReason.Damaged,
                $"Instance {slice.SopInstanceUid} has {bytes.Length} bytes in frame {slice.FrameIndex + 1}; its size "
                + $"demands {expectedBytes}. Re-send the image");
        }
        return bytes;
    }

    private static byte[] Decode(SliceHeader slice)
    {
        var syntax = slice.Data.InternalTransferSyntax;
        try
        {
            return syntax.IsEncapsulated
                ? new DicomTranscoder(syntax, DicomTransferSyntax.ExplicitVRLittleEndian)
                    .DecodeFrame(slice.Data, slice.FrameIndex).Data
                : DicomPixelData.Create(slice.Data).GetFrame(slice.FrameIndex).Data;
        }
        catch (Exception e) when (e is DicomException or ArgumentException or InvalidOperationException
            or OverflowException or EndOfStreamException or NotSupportedException)
        {
            throw syntax.IsEncapsulated
                ? new RefusalException(RefusalReason.UnsupportedEncoding,
                    $"Instance {slice.SopInstanceUid} is compressed with {syntax.UID.UID} and cannot be decoded "
                    + $"({e.Message}). Have the sender transcode it to explicit little endian")
                : new RefusalException(RefusalReason.Damaged,
                    $"Instance {slice.SopInstanceUid}: pixel data of frame {slice.FrameIndex + 1} cannot be read "
                    + $"({e.Message}). Re-send the image");
        }
    }
}
