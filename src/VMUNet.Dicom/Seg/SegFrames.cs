using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>The frames of a SEG with their pixels, whatever its segmentation type and transfer syntax.</summary>
internal sealed class SegFrames
{
    private const long MaxFrames = 100_000;
    private const long MaxFramePixels = 1 << 28;

    private readonly DicomDataset _data;
    private readonly string _name;
    private readonly int _bits;
    private readonly byte _least;

    /// <summary>All frames on end; null when they are compressed and decoded one by one.</summary>
    private readonly byte[]? _plain;

    private SegFrames(DicomDataset data, string name, byte[]? plain, IReadOnlyList<SegFrameSource> all)
    {
        (_data, _name, _plain, All) = (data, name, plain, all);
        _bits = data.GetInt(DicomTag.BitsAllocated, 1);
        Rows = data.GetInt(DicomTag.Rows, 0);
        Columns = data.GetInt(DicomTag.Columns, 0);
        var type = data.GetText(DicomTag.SegmentationType);
        IsFractional = type == "FRACTIONAL";
        IsLabelMap = type == "LABELMAP";
        var half = (data.GetInt(DicomTag.MaximumFractionalValue, byte.MaxValue) + 1) / 2;
        _least = IsFractional ? (byte)Math.Clamp(half, 1, byte.MaxValue) : (byte)1;
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
        var name = $"SEG {data.GetText(DicomTag.SOPInstanceUID)}";
        var perFrame = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence);
        var count = data.GetInt(DicomTag.NumberOfFrames, 0);
        long rows = data.GetInt(DicomTag.Rows, 0);
        long columns = data.GetInt(DicomTag.Columns, 0);
        var bits = data.GetInt(DicomTag.BitsAllocated, 0);
        var type = data.GetText(DicomTag.SegmentationType);
        var isKnown = (type, bits) is ("BINARY", 1) or ("FRACTIONAL", 8) or ("LABELMAP", 8) or ("LABELMAP", 16);
        if (!isKnown || rows is < 1 or > 65535 || columns is < 1 or > 65535 || rows * columns > MaxFramePixels
            || count is < 1 || count > MaxFrames || count != perFrame.Count)
        {
            throw Damaged(name, $"segmentation type '{type}' of {bits} bits, {rows} x {columns} pixels, {count} frames and "
                + $"{perFrame.Count} items that place them do not fit together");
        }
        var plain = Plain(data, name);
        var needed = (count * rows * columns * bits + 7) / 8;
        if (plain is not null && (plain.LongLength < needed || plain.LongLength > needed + 1))
        {
            throw Damaged(name, $"pixel data has {plain.LongLength} bytes, {count} frames of {rows} x {columns} at {bits} "
                + $"bits need {needed}");
        }
        var shared = data.GetFirstItem(DicomTag.SharedFunctionalGroupsSequence);
        return new SegFrames(data, name, plain, [.. perFrame.Select((f, i) => SegFrameSource.Of(i, f, shared))]);
    }

    /// <summary>Labelled pixels of a frame; for label maps their value is the segment number.</summary>
    /// <exception cref="RefusalException">A compressed frame is broken.</exception>
    public LabelledPixels Labelled(int frame)
    {
        var count = Rows * Columns;
        if (_plain is not null)
        {
            var firstBit = (long)frame * count * _bits;
            return new LabelledPixels(_plain.AsSpan((int)(firstBit >> 3)), _bits, (int)(firstBit & 7), count, _least);
        }
        var decoded = PixelSource.Frame(_data, frame, _name);
        return 8L * decoded.Length >= (long)count * _bits
            ? new LabelledPixels(decoded, _bits, 0, count, _least)
            : throw Damaged(_name, $"frame {frame + 1} has {decoded.Length} bytes, too few for {Rows} x {Columns} pixels of "
                + $"{_bits} bits");
    }

    private static byte[]? Plain(DicomDataset data, string name)
    {
        if (!data.Contains(DicomTag.PixelData))
        {
            throw new RefusalException(RefusalReason.NoPixelData, $"{name} has no pixel data. Send the whole object");
        }
        DecodableTransferSyntaxes.Demand(data.InternalTransferSyntax, name);
        return data.InternalTransferSyntax.IsEncapsulated ? null : data.GetBytes(DicomTag.PixelData);
    }

    private static RefusalException Damaged(string name, string what) =>
        new(RefusalReason.Damaged, $"{name} contradicts itself: {what}. Send it again");
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
