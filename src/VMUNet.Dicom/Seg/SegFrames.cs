using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>The frames of a SEG with their pixels, whatever its segmentation type.</summary>
internal sealed class SegFrames
{
    private const long MaxFrames = 100_000;

    private readonly byte[] _bytes;
    private readonly int _bits;
    private readonly int _half;

    private SegFrames(DicomDataset data, byte[] bytes, IReadOnlyList<SegFrameSource> all)
    {
        _bytes = bytes;
        _bits = data.GetInt(DicomTag.BitsAllocated, 1);
        Rows = data.GetInt(DicomTag.Rows, 0);
        Columns = data.GetInt(DicomTag.Columns, 0);
        var type = data.GetText(DicomTag.SegmentationType);
        IsFractional = type == "FRACTIONAL";
        IsLabelMap = type == "LABELMAP";
        _half = (data.GetInt(DicomTag.MaximumFractionalValue, 255) + 1) / 2;
        All = all;
    }

    public int Rows { get; }

    public int Columns { get; }

    public bool IsFractional { get; }

    public bool IsLabelMap { get; }

    public IReadOnlyList<SegFrameSource> All { get; }

    /// <summary>Frames of a SEG.</summary>
    /// <exception cref="RefusalException">Counts or lengths contradict each other, or an encoding that is not
    /// read.</exception>
    public static SegFrames Of(DicomDataset data)
    {
        var sop = data.GetText(DicomTag.SOPInstanceUID);
        var perFrame = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence);
        var count = data.GetInt(DicomTag.NumberOfFrames, 0);
        long rows = data.GetInt(DicomTag.Rows, 0);
        long columns = data.GetInt(DicomTag.Columns, 0);
        var bits = data.GetInt(DicomTag.BitsAllocated, 0);
        var type = data.GetText(DicomTag.SegmentationType);
        var isKnown = (type, bits) is ("BINARY", 1) or ("FRACTIONAL", 8) or ("LABELMAP", 8) or ("LABELMAP", 16);
        if (!isKnown || rows is < 1 or > 65535 || columns is < 1 or > 65535 || count is < 1 || count > MaxFrames
            || count != perFrame.Count)
        {
            throw Damaged(sop, $"segmentation type '{type}' of {bits} bits, {rows} x {columns} pixels, {count} frames and "
                + $"{perFrame.Count} items that place them do not fit together");
        }
        var bytes = Pixels(data, sop);
        var needed = (count * rows * columns * bits + 7) / 8;
        if (bytes.LongLength < needed || bytes.LongLength > needed + 1)
        {
            throw Damaged(sop, $"pixel data has {bytes.LongLength} bytes, {count} frames of {rows} x {columns} at {bits} "
                + $"bits need {needed}");
        }
        var shared = data.GetFirstItem(DicomTag.SharedFunctionalGroupsSequence);
        return new SegFrames(data, bytes, [.. perFrame.Select((f, i) => SegFrameSource.Of(i, f, shared))]);
    }

    /// <summary>Pixels of a frame: 0 or 1, for label maps the segment number.</summary>
    public ushort[] Decode(int frame)
    {
        var pixels = new ushort[Rows * Columns];
        var first = (long)frame * pixels.Length;
        if (_bits == 1)
        {
            Unpack(first, pixels);
            return pixels;
        }
        for (var i = 0; i < pixels.Length; i++)
        {
            var at = first + i;
            pixels[i] = _bits switch
            {
                8 when IsFractional => _bytes[at] >= _half ? (ushort)1 : (ushort)0,
                8 => _bytes[at],
                _ => (ushort)(_bytes[2 * at] | _bytes[2 * at + 1] << 8),
            };
        }
        return pixels;
    }

    /// <summary>One bit a pixel, first pixel in the least significant bit; eight empty pixels are passed over at once.</summary>
    private void Unpack(long first, ushort[] pixels)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            var at = first + i;
            var bits = _bytes[at >> 3];
            if (bits == 0)
            {
                i += 7 - (int)(at & 7);
                continue;
            }
            pixels[i] = (ushort)(bits >> (int)(at & 7) & 1);
        }
    }

    private static byte[] Pixels(DicomDataset data, string sop)
    {
        if (!data.Contains(DicomTag.PixelData))
        {
            throw new RefusalException(RefusalReason.NoPixelData,
                $"SEG {sop} has no pixel data. Send the whole object");
        }
        if (data.InternalTransferSyntax.IsEncapsulated)
        {
            throw new RefusalException(RefusalReason.UnsupportedEncoding,
                $"SEG {sop} is compressed with {data.InternalTransferSyntax.UID.UID}; expected uncompressed little endian. "
                + "Have the sender transcode it");
        }
        return data.GetBytes(DicomTag.PixelData);
    }

    private static RefusalException Damaged(string sop, string what) => new(RefusalReason.Damaged,
        $"SEG {sop} contradicts itself: {what}. Send it again");
}

/// <summary>What one frame says about its place and meaning.</summary>
internal sealed record SegFrameSource
{
    public required int Index { get; init; }

    /// <summary>0 for label maps, whose pixels carry the number.</summary>
    public required int SegmentNumber { get; init; }

    public Vector3D? Position { get; init; }

    public Vector3D? Row { get; init; }

    public Vector3D? Column { get; init; }

    /// <summary>Between rows, between columns.</summary>
    public double[]? Spacing { get; init; }

    public string SourceInstanceUid { get; init; } = "";

    public int? SourceFrame { get; init; }

    public static SegFrameSource Of(int index, DicomDataset frame, DicomDataset? shared)
    {
        DicomDataset? Group(DicomTag tag) => frame.GetFirstItem(tag) ?? shared?.GetFirstItem(tag);
        var orientation = Group(DicomTag.PlaneOrientationSequence)?.GetNumbers(DicomTag.ImageOrientationPatient, 6);
        var image = Group(DicomTag.DerivationImageSequence)?.GetFirstItem(DicomTag.SourceImageSequence);
        var number = image?.GetInt(DicomTag.ReferencedFrameNumber, 0) ?? 0;
        return new SegFrameSource
        {
            Index = index,
            SegmentNumber = Group(DicomTag.SegmentIdentificationSequence)
                ?.GetInt(DicomTag.ReferencedSegmentNumber, 0) ?? 0,
            Position = Group(DicomTag.PlanePositionSequence)?.GetNumbers(DicomTag.ImagePositionPatient, 3)?.ToVector(),
            Row = orientation?.ToVector(),
            Column = orientation?.ToVector(3),
            Spacing = Group(DicomTag.PixelMeasuresSequence)?.GetNumbers(DicomTag.PixelSpacing, 2),
            SourceInstanceUid = image?.GetText(DicomTag.ReferencedSOPInstanceUID) ?? "",
            SourceFrame = number > 0 ? number : null,
        };
    }

    /// <summary>How messages name the frame.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"frame {Index + 1}");
}
