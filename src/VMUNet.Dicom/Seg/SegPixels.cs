using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>The frames of a SEG. BINARY: one bit a pixel, first pixel in the least significant bit, frames packed
/// without padding between them (PS3.5 8.1.1, Annex D).</summary>
internal static class SegPixels
{
    /// <summary>Packs one frame per (label, slice) pair, in the order given.</summary>
    /// <returns>Bytes of even length; unused bits at the end are 0.</returns>
    public static byte[] Pack(LabelMap labels, IReadOnlyList<SegFrame> frames)
    {
        var size = (long)labels.Geometry.Rows * labels.Geometry.Columns;
        var bytes = (frames.Count * size + 7) / 8;
        var packed = new byte[bytes + bytes % 2];
        for (var i = 0; i < frames.Count; i++)
        {
            var slice = labels.Slice(frames[i].Slice);
            var bit = i * size;
            for (var skipped = slice.IndexOf(frames[i].Label); skipped >= 0; skipped = slice.IndexOf(frames[i].Label))
            {
                bit += skipped;
                packed[bit >> 3] |= (byte)(1 << (int)(bit & 7));
                slice = slice[(skipped + 1)..];
                bit++;
            }
        }
        return packed;
    }

    /// <summary>Frames of a label map: one byte a pixel, its segment number, 0 for background.</summary>
    /// <returns>Bytes of even length.</returns>
    public static byte[] Values(LabelMap labels, IReadOnlyList<SegFrame> frames, IReadOnlyList<OrganLabel> segments)
    {
        Span<byte> numbers = stackalloc byte[256];
        numbers.Clear();
        for (var i = 0; i < segments.Count; i++)
        {
            numbers[segments[i].Value] = (byte)(i + 1);
        }
        var size = labels.Geometry.Rows * labels.Geometry.Columns;
        var length = (long)size * frames.Count;
        var values = new byte[length + length % 2];
        var at = 0L;
        foreach (var frame in frames)
        {
            foreach (var label in labels.Slice(frame.Slice))
            {
                values[at++] = numbers[label];
            }
        }
        return values;
    }

    /// <summary>One frame for every slice that any segment has a frame on, ascending.</summary>
    public static List<SegFrame> WholeSlices(IReadOnlyList<SegFrame> frames) =>
        [.. frames.Select(f => f.Slice).Distinct().Order().Select(z => new SegFrame(0, 0, z))];

    /// <summary>Which frames are needed: organs in order of the list, slices ascending, empty ones left out.</summary>
    public static List<SegFrame> NonEmptyFrames(LabelMap labels, IReadOnlyList<OrganLabel> organs)
    {
        var present = new bool[labels.Geometry.Slices][];
        for (var z = 0; z < present.Length; z++)
        {
            var seen = present[z] = new bool[256];
            foreach (var label in labels.Slice(z))
            {
                seen[label] = true;
            }
        }
        var frames = new List<SegFrame>();
        var segment = 0;
        foreach (var organ in organs)
        {
            var slices = Enumerable.Range(0, present.Length).Where(z => present[z][organ.Value]).ToList();
            if (slices.Count > 0)
            {
                segment++;
                frames.AddRange(slices.Select(z => new SegFrame(segment, organ.Value, z)));
            }
        }
        return frames;
    }
}

/// <summary>One frame to write.</summary>
/// <param name="Segment">Segment number, from 1; 0 for a slice of a label map.</param>
/// <param name="Label">Value in the label map; 0 for a slice of a label map.</param>
/// <param name="Slice">Slice index z of the source.</param>
internal readonly record struct SegFrame(int Segment, byte Label, int Slice);
