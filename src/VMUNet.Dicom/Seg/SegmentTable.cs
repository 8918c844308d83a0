using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>The segments of a SEG and the organs that they mean.</summary>
internal sealed class SegmentTable
{
    private readonly Dictionary<int, OrganLabel?> _organs = [];
    private readonly Dictionary<int, string> _names = [];
    private readonly HashSet<int> _background = [];
    private readonly HashSet<int> _unused = [];
    private readonly IReadOnlyList<OrganLabel> _wanted;

    private SegmentTable(IReadOnlyList<OrganLabel> wanted)
    {
        _wanted = wanted;
    }

    /// <summary>Organs that the SEG has a segment for, in the order asked for.</summary>
    public IReadOnlyList<OrganLabel> Found => [.. _wanted.Where(o => _organs.ContainsValue(o))];

    /// <summary>What a reader of the labels must know.</summary>
    public IEnumerable<string> Notes =>
        _organs.Where(s => s.Value is not null).GroupBy(s => s.Value!.Value).Where(g => g.Count() > 1)
            .Select(g => $"{g.Count()} segments mean {g.First().Value!.Name}; they were joined")
            .Concat(_unused.Order().Select(n => $"Segment {n} ({_names[n]}) is no organ asked for and has no voxel"));

    public static SegmentTable Of(DicomDataset data, IReadOnlyList<OrganLabel> organs)
    {
        var table = new SegmentTable(organs);
        foreach (var segment in data.GetItems(DicomTag.SegmentSequence))
        {
            var number = segment.GetInt(DicomTag.SegmentNumber, 0);
            var label = segment.GetText(DicomTag.SegmentLabel);
            var typeItem = segment.GetFirstItem(DicomTag.SegmentedPropertyTypeCodeSequence);
            var type = Code(typeItem);
            var modifier = Code(typeItem?.GetFirstItem(DicomTag.SegmentedPropertyTypeModifierCodeSequence)
                ?? segment.GetFirstItem(DicomTag.SegmentedPropertyTypeModifierCodeSequence));
            table._names[number] = $"'{label}', code {type?.Value ?? "none"} {type?.Scheme}";
            if (Terminology.IsBackground(type, label))
            {
                table._background.Add(number);
            }
            else
            {
                table._organs[number] = Terminology.Match(type, modifier, label, organs);
            }
        }
        return table;
    }

    /// <summary>Segments taken as they are: each one's label value is its number, whatever it means.</summary>
    /// <exception cref="RefusalException">A number above 255, or one that occurs twice.</exception>
    public static SegmentTable ByNumber(DicomDataset data)
    {
        var organs = new List<OrganLabel>();
        foreach (var segment in data.GetItems(DicomTag.SegmentSequence))
        {
            var number = segment.GetInt(DicomTag.SegmentNumber, 0);
            if (number is < 0 or > byte.MaxValue || organs.Exists(o => o.Value == number))
            {
                throw new RefusalException(RefusalReason.UnsupportedObject,
                    $"SEG {data.GetText(DicomTag.SOPInstanceUID)} has segment number {number}, above {byte.MaxValue} or twice; "
                    + "label files hold one byte a voxel");
            }
            var unknown = new CodedConcept("", "", "");
            organs.Add(new OrganLabel
            {
                Value = (byte)number,
                Name = segment.GetText(DicomTag.SegmentLabel),
                Category = Code(segment.GetFirstItem(DicomTag.SegmentedPropertyCategoryCodeSequence)) ?? unknown,
                Type = Code(segment.GetFirstItem(DicomTag.SegmentedPropertyTypeCodeSequence)) ?? unknown,
                Colour = default,
            });
        }
        var table = new SegmentTable(organs);
        foreach (var organ in organs.Where(o => o.Value > 0))
        {
            table._organs[organ.Value] = organ;
        }
        table._background.Add(0);
        return table;
    }

    /// <summary>The organs that label values stand for.</summary>
    public IReadOnlyList<OrganLabel> Wanted => _wanted;

    /// <summary>Label value of a segment; 0 for background and for segments whose organ is not known.</summary>
    public byte LabelOf(int number) => _organs.TryGetValue(number, out var organ) ? organ?.Value ?? 0 : (byte)0;

    /// <summary>Refuses a SEG whose voxels lie in a segment that is no organ asked for.</summary>
    public void DemandKnown(IReadOnlySet<int> used)
    {
        foreach (var number in used.Order())
        {
            if (_background.Contains(number) || _organs.GetValueOrDefault(number) is not null)
            {
                continue;
            }
            var name = _names.GetValueOrDefault(number, "which the SEG does not describe");
            throw new RefusalException(RefusalReason.UnknownOrgan,
                $"Segment {number} ({name}) is none of {string.Join(", ", _wanted.Select(o => o.Name))}; expected their "
                + "codes or labels. Name the segment, or remove it");
        }
        _unused.UnionWith(_organs.Where(s => s.Value is null).Select(s => s.Key));
    }

    private static CodedConcept? Code(DicomDataset? item) => item is null
        ? null
        : new CodedConcept(item.GetText(DicomTag.CodeValue), item.GetText(DicomTag.CodingSchemeDesignator),
            item.GetText(DicomTag.CodeMeaning));
}
