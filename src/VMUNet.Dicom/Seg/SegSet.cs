using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>One object of a result, and what it must hold.</summary>
/// <param name="Seg">The object.</param>
/// <param name="Labels">The labels of its organs alone.</param>
public sealed record SegPart(SegResult.Written Seg, LabelMap Labels);

/// <summary>A result in the form that a destination takes: its organs in one object or in several of one series.</summary>
public abstract record SegSet
{
    /// <summary>Words in the image comments of an object that shows some of a result's organs only.</summary>
    internal const string PartMark = "one of several objects of this result";

    private SegSet()
    {
    }

    /// <summary>The objects, in the order of the organs.</summary>
    public sealed record Written(IReadOnlyList<SegPart> Parts) : SegSet;

    /// <summary>The limits cannot be kept.</summary>
    /// <param name="Reason">Which limit, and what stands against it.</param>
    public sealed record Impossible(string Reason) : SegSet;

    /// <summary>Writes a result that has at least one organ.</summary>
    /// <param name="source">The series.</param>
    /// <param name="labels">Labels on its grid.</param>
    /// <param name="organs">Meaning of the values.</param>
    /// <param name="provenance">Who made the labels.</param>
    /// <param name="form">Limits and form of the destination.</param>
    public static SegSet Write(SourceSeries source, LabelMap labels, IReadOnlyList<OrganLabel> organs,
        SegProvenance provenance, SegForm form)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(form);
        if (Groups(labels, organs, form, out var objection) is not { } groups)
        {
            return new Impossible(objection);
        }
        var parts = new List<SegPart>();
        foreach (var group in groups)
        {
            var only = groups.Count == 1 ? labels : Only(labels, group);
            var seg = (SegResult.Written)SegWriter.Write(source, only, group, provenance, form);
            parts.Add(new SegPart(parts.Count == 0 ? seg : seg.InSeriesOf(parts[0].Seg, parts.Count + 1), only));
        }
        if (parts.Count > 1)
        {
            parts.ForEach(p => p.Seg.MarkAsPart());
        }
        return new Written(parts);
    }

    /// <summary>Organs in their order, as many to an object as the limits allow; null when one organ alone is too
    /// much.</summary>
    private static List<List<OrganLabel>>? Groups(
        LabelMap labels, IReadOnlyList<OrganLabel> organs, SegForm form, out string objection)
    {
        objection = "";
        var slices = SegPixels.NonEmptyFrames(labels, organs).GroupBy(f => f.Label)
            .ToDictionary(g => g.Key, g => g.Select(f => f.Slice).ToHashSet());
        var groups = new List<List<OrganLabel>>();
        HashSet<int> union = [];
        var frames = 0;
        foreach (var organ in organs.Where(o => slices.ContainsKey(o.Value)))
        {
            var mine = slices[organ.Value];
            if (mine.Count > form.MaxFrames)
            {
                objection = string.Create(CultureInfo.InvariantCulture,
                    $"{organ.Name} alone has {mine.Count} frames, the destination takes {form.MaxFrames} in one object");
                return null;
            }
            // frames of a label map show all organs of a slice
            var needed = form.IsLabelMap ? union.Union(mine).Count() : frames + mine.Count;
            if (groups.Count == 0 || needed > form.MaxFrames || groups[^1].Count >= form.MaxSegments)
            {
                groups.Add([]);
                (union, frames) = ([], 0);
            }
            groups[^1].Add(organ);
            union.UnionWith(mine);
            frames += mine.Count;
        }
        return groups;
    }

    private static LabelMap Only(LabelMap labels, List<OrganLabel> organs)
    {
        Span<byte> kept = stackalloc byte[256];
        kept.Clear();
        foreach (var organ in organs)
        {
            kept[organ.Value] = organ.Value;
        }
        var only = labels.Labels.ToArray();
        for (var i = 0; i < only.Length; i++)
        {
            only[i] = kept[only[i]];
        }
        return new LabelMap(labels.Geometry, only);
    }
}
