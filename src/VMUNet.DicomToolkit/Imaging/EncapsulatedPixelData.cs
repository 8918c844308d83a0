using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.Imaging;

/// <summary>Compressed frames as fragments (PS3.5 section A.4).</summary>
internal sealed class EncapsulatedPixelData(DicomDataset dataset, DicomFragmentSequence fragments)
    : DicomPixelData(dataset)
{
    private const int ItemHeaderSize = 8;

    // JPEG and JPEG-LS begin with SOI and a marker, JPEG 2000 with SOC and SIZ.
    private static readonly byte[][] Beginnings = [[0xFF, 0xD8, 0xFF], [0xFF, 0x4F, 0xFF, 0x51]];

    public override IByteBuffer GetFrame(int frame)
    {
        CheckFrame(frame);
        var parts = fragments.Fragments;
        var (first, end) = NumberOfFrames == 1 ? (0, parts.Count)
            : parts.Count == NumberOfFrames ? (frame, frame + 1)
            : fragments.OffsetTable.Count == 0 ? FromBeginnings(frame) : FromOffsets(frame);
        return end - first == 1 ? parts[first] : new CompositeByteBuffer(parts.Skip(first).Take(end - first));
    }

    public override void AddFrame(IByteBuffer data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var offset = fragments.Fragments.Sum(f => ItemHeaderSize + f.Size + f.Size % 2);
        if (offset <= uint.MaxValue)
        {
            fragments.OffsetTable.Add((uint)offset);
        }

        fragments.Fragments.Add(data);
        NumberOfFrames = Dataset.GetSingleValueOrDefault(DicomTag.NumberOfFrames, 0) + 1;
    }

    /// <summary>The fragments of a frame where the table is empty, as it may be (PS3.5 section A.4): from one that
    /// begins an image to the next, if there is one for each frame.</summary>
    private (int First, int End) FromBeginnings(int frame)
    {
        var parts = fragments.Fragments;
        var first = Syntax == DicomTransferSyntax.RLELossless ? []
            : Enumerable.Range(0, parts.Count).Where(i => BeginsImage(parts[i])).ToArray();
        return first.Length != NumberOfFrames || first[0] != 0
            ? throw new DicomDataException(
                $"{NumberOfFrames} frames lie in {parts.Count} fragments without an offset table: where a frame begins "
                + "is not known.")
            : (first[frame], frame + 1 < first.Length ? first[frame + 1] : parts.Count);
    }

    private static bool BeginsImage(IByteBuffer fragment)
    {
        var bytes = new byte[Math.Min(fragment.Size, 4)];
        fragment.GetByteRange(0, bytes.Length, bytes);
        return Array.Exists(Beginnings, b => bytes.AsSpan().StartsWith(b));
    }

    /// <summary>The fragments of a frame by the basic offset table,
    /// which counts from the end of the table's item.</summary>
    private (int First, int End) FromOffsets(int frame)
    {
        var table = fragments.OffsetTable;
        if (table.Count != NumberOfFrames)
        {
            throw new DicomDataException(
                $"{NumberOfFrames} frames lie in {fragments.Fragments.Count} fragments and the offset table " +
                $"has {table.Count} entries: where a frame begins is not known.");
        }

        var (first, end, position) = (-1, fragments.Fragments.Count, 0L);
        for (var i = 0; i < fragments.Fragments.Count; i++)
        {
            if (position == table[frame])
            {
                first = i;
            }

            if (frame + 1 < table.Count && position == table[frame + 1])
            {
                end = i;
            }

            var size = fragments.Fragments[i].Size;
            position += ItemHeaderSize + size + size % 2;
        }

        return first >= 0 && end > first ? (first, end)
            : throw new DicomDataException(
                $"The offset table's entry for frame {frame} is not where a fragment begins.");
    }
}
