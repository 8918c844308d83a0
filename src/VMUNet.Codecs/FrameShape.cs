namespace VMUNet.Codecs;

/// <summary>Size and sample layout that a data set states for a decoded frame (PS3.3 C.7.6.3).</summary>
public readonly record struct FrameShape
{
    /// <summary>Rows (0028,0010).</summary>
    public required int Rows { get; init; }

    /// <summary>Columns (0028,0011).</summary>
    public required int Columns { get; init; }

    /// <summary>Samples of a pixel (0028,0002): 1, or 3 for colour.</summary>
    public required int SamplesPerPixel { get; init; }

    /// <summary>Bits of a sample's place (0028,0100): 1, or a multiple of 8.</summary>
    public required int BitsAllocated { get; init; }

    /// <summary>Samples are two's complement numbers (0028,0103).</summary>
    public bool IsSigned { get; init; }

    /// <summary>Bytes of a decoded sample; a 1-bit sample shares its byte with others.</summary>
    public int BytesAllocated => (BitsAllocated - 1) / 8 + 1;

    /// <summary>Bytes of the decoded frame; of 1-bit frames rounded up to whole bytes.</summary>
    /// <exception cref="CodecException">More than an array may hold.</exception>
    public int ByteCount
    {
        get
        {
            var samples = (long)Rows * Columns * SamplesPerPixel;
            var bytes = BitsAllocated == 1 ? (samples + 7) / 8 : samples * BytesAllocated;
            return bytes <= Array.MaxLength ? (int)bytes
                : throw new CodecException($"A frame of {bytes} bytes is larger than {Array.MaxLength}.");
        }
    }

    /// <exception cref="CodecException">A number is outside what DICOM allows, or the frame larger than an
    /// array.</exception>
    internal void Check()
    {
        if (Rows is < 1 or > ushort.MaxValue || Columns is < 1 or > ushort.MaxValue || SamplesPerPixel is < 1 or > 4 ||
            BitsAllocated is not (1 or 8 or 16 or 24 or 32 or 64))
        {
            throw new CodecException(
                $"A frame of {Rows} x {Columns} x {SamplesPerPixel} with {BitsAllocated} bits allocated is not legal.");
        }

        _ = ByteCount;
    }
}
