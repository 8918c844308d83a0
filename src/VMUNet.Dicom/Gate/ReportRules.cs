using System.Globalization;

namespace VMUNet.Dicom;

/// <summary>The rules of a measurement report: flags and template of PS3.16 TID 1500, evidence for everything it names,
/// and the very numbers in memory.</summary>
internal static class ReportRules
{
    private const double Tolerance = 1e-3;

    private static readonly (DicomTag Tag, string Value)[] Fixed =
    [
        (DicomTag.SOPClassUID, SopClasses.Comprehensive3DReport), (DicomTag.Modality, "SR"),
        (DicomTag.ValueType, "CONTAINER"), (DicomTag.CompletionFlag, "COMPLETE"),
        (DicomTag.VerificationFlag, "UNVERIFIED"), (DicomTag.ContinuityOfContent, "SEPARATE"),
    ];

    public static IEnumerable<string> Faults(DicomDataset data, SourceSeries source,
        IReadOnlyList<OrganMeasurement> measurements, IReadOnlyList<SegResult.Written> segs)
    {
        foreach (var (tag, value) in Fixed.Where(f => data.GetText(f.Tag) != f.Value))
        {
            yield return $"Attribute {tag} is '{data.GetText(tag)}', expected '{value}'";
        }
        if (data.GetFirstItem(DicomTag.ContentTemplateSequence)?.GetText(DicomTag.TemplateIdentifier) != "1500")
        {
            yield return "The report does not follow template 1500";
        }
        foreach (var fault in Evidence(data, source, segs).Concat(Groups(data, source, measurements, segs)))
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> Evidence(
        DicomDataset data, SourceSeries source, IReadOnlyList<SegResult.Written> segs)
    {
        var listed = data.GetItems(DicomTag.CurrentRequestedProcedureEvidenceSequence)
            .Where(s => s.GetText(DicomTag.StudyInstanceUID) == source.StudyInstanceUid)
            .SelectMany(s => s.GetItems(DicomTag.ReferencedSeriesSequence))
            .SelectMany(s => s.GetItems(DicomTag.ReferencedSOPSequence))
            .Select(i => i.GetText(DicomTag.ReferencedSOPInstanceUID)).ToHashSet();
        var expected = source.Instances.Select(i => i.SopInstanceUid).ToHashSet();
        expected.UnionWith(segs.Select(s => s.SopInstanceUid));
        if (!listed.SetEquals(expected))
        {
            yield return $"The report lists {listed.Count} objects as evidence, expected the {expected.Count} it rests on";
        }
        var named = Items(data).SelectMany(i => i.GetItems(DicomTag.ReferencedSOPSequence))
            .Select(i => i.GetText(DicomTag.ReferencedSOPInstanceUID));
        if (named.Any(uid => !listed.Contains(uid)))
        {
            yield return "The report refers to an object that it does not list as evidence";
        }
    }

    private static IEnumerable<string> Groups(DicomDataset data, SourceSeries source,
        IReadOnlyList<OrganMeasurement> measurements, IReadOnlyList<SegResult.Written> segs)
    {
        var groups = Items(data).Where(i => Concept(i) == SrCodes.MeasurementGroup.Value).ToList();
        var found = measurements.Where(m => m.IsFound).ToList();
        if (groups.Count != found.Count)
        {
            yield return $"The report has {groups.Count} measurement groups, expected {found.Count}";
            yield break;
        }
        for (var i = 0; i < groups.Count; i++)
        {
            var (group, organ) = (groups[i], found[i]);
            var seg = segs.FirstOrDefault(s => s.NumberOf(organ.Organ) > 0);
            var segment = Child(group, SrCodes.ReferencedSegment.Value)?.GetFirstItem(DicomTag.ReferencedSOPSequence);
            if (Child(group, SrCodes.TrackingUid.Value)?.GetText(DicomTag.UID) != SegSegments.TrackingUid(source, organ.Organ)
                || segment?.GetText(DicomTag.ReferencedSOPInstanceUID) != seg?.SopInstanceUid
                || segment?.GetInt(DicomTag.ReferencedSegmentNumber, 0) != seg?.NumberOf(organ.Organ))
            {
                yield return $"The group of {organ.Organ.Name} does not name its segment";
            }
            if (!Says(group, SrCodes.Volume.Value, organ.VolumeMl))
            {
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"The volume of {organ.Organ.Name} is not {organ.VolumeMl} mL");
            }
        }
    }

    private static bool Says(DicomDataset group, string concept, double? expected)
    {
        var said = Child(group, concept)?.GetFirstItem(DicomTag.MeasuredValueSequence)?.GetNumber(DicomTag.NumericValue);
        return said is null == expected is null && (said is null || Math.Abs(said.Value - expected!.Value) <= Tolerance);
    }

    private static DicomDataset? Child(DicomDataset item, string concept) =>
        item.GetItems(DicomTag.ContentSequence).FirstOrDefault(i => Concept(i) == concept);

    private static string? Concept(DicomDataset item) =>
        item.GetFirstItem(DicomTag.ConceptNameCodeSequence)?.GetText(DicomTag.CodeValue);

    /// <summary>All content items below, whatever their depth; the tree is ours and shallow.</summary>
    private static IEnumerable<DicomDataset> Items(DicomDataset item) =>
        item.GetItems(DicomTag.ContentSequence).SelectMany(i => Items(i).Prepend(i));
}
