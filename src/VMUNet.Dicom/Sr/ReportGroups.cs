using System.Globalization;

namespace VMUNet.Dicom;

/// <summary>The measurement groups of a report: TID 1411 for organs of a volume, TID 1410 for a photograph.</summary>
internal static class ReportGroups
{
    private const int HounsfieldDigits = 1;
    private const int VolumeDigits = 3;

    /// <summary>The container of the groups; none when nothing was found.</summary>
    public static IEnumerable<DicomDataset> Of(SourceSeries source, IReadOnlyList<OrganMeasurement> measurements,
        IReadOnlyList<SegResult.Written> segs, SegProvenance provenance) => segs.Count == 0
            ? []
            : [SrItem.Container(SrItem.Contains, SrCodes.ImagingMeasurements, measurements.Where(m => m.IsFound)
                .Select(m => Group(source, m, segs.First(s => s.NumberOf(m.Organ) > 0), provenance)))];

    /// <summary>The change as people read it: "liver 1,480 mL, +12 % since 2026-03-02"; null without an earlier
    /// volume.</summary>
    public static string? Change(OrganMeasurement m) => m.ChangePercent is { } change
        ? string.Create(CultureInfo.InvariantCulture,
            $"{SegSegments.Label(m.Organ)} {m.VolumeMl:N0} mL, {change:+0;-0;0} % since {m.Earlier!.StudyDate:yyyy-MM-dd}")
        : null;

    private static DicomDataset Group(
        SourceSeries source, OrganMeasurement m, SegResult.Written seg, SegProvenance provenance)
    {
        var content = new List<DicomDataset>
        {
            SrItem.Text(SrItem.HasObservationContext, SrCodes.TrackingIdentifier, SegSegments.TrackingId(m.Organ)),
            SrItem.Uid(SrItem.HasObservationContext, SrCodes.TrackingUid, SegSegments.TrackingUid(source, m.Organ)),
            SrItem.Code(SrItem.Contains, SrCodes.Finding, m.Organ.Type),
            Site(m),
            SrItem.Image(SrCodes.ReferencedSegment, seg.SopClassUid, seg.SopInstanceUid, seg.NumberOf(m.Organ)),
            source.HasPatientGeometry
                ? SrItem.Uid(SrItem.Contains, SrCodes.SourceSeries, source.SeriesInstanceUid)
                : SrItem.Image(SrCodes.SourceImage, source.Instances[0].SopClassUid, source.Instances[0].SopInstanceUid),
            SrItem.Text(SrItem.HasConceptModifier, SrCodes.AlgorithmName, provenance.AlgorithmName),
            SrItem.Text(SrItem.HasConceptModifier, SrCodes.AlgorithmVersion,
                $"{provenance.ModelName} {provenance.AlgorithmVersion}"),
        };
        content.AddRange(Numbers(source, m));
        if (Change(m) is { } change)
        {
            content.Add(SrItem.Text(SrItem.Contains, SrCodes.Comment, change));
        }
        return SrItem.Container(SrItem.Contains, SrCodes.MeasurementGroup, content)
            .Following(source.HasPatientGeometry ? "1411" : "1410");
    }

    private static DicomDataset Site(OrganMeasurement m) => SrItem.Code(SrItem.HasConceptModifier, SrCodes.FindingSite,
        m.Organ.AnatomicRegion ?? m.Organ.Type,
        m.Organ.Modifier is { } side ? [SrItem.Code(SrItem.HasConceptModifier, SrCodes.Laterality, side)] : []);

    private static IEnumerable<DicomDataset> Numbers(SourceSeries source, OrganMeasurement m)
    {
        if (m.VolumeMl is { } volume)
        {
            yield return SrItem.Number(SrCodes.Volume, Math.Round(volume, VolumeDigits), SrCodes.Millilitre);
        }
        else if (!source.HasPatientGeometry)
        {
            yield return SrItem.Number(SrCodes.Area, m.Voxels, SrCodes.Pixels);
        }
        foreach (var (value, how) in new[] { (m.MeanHu, SrCodes.Mean), (m.StandardDeviationHu, SrCodes.StandardDeviation) })
        {
            if (value is { } hu)
            {
                yield return SrItem.Number(SrCodes.Attenuation, Math.Round(hu, HounsfieldDigits), SrCodes.Hounsfield,
                    SrItem.Code(SrItem.HasConceptModifier, SrCodes.Derivation, how));
            }
        }
    }
}
