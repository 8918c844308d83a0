using System.Globalization;

namespace VMUNet.Dicom;

/// <summary>A result object of any kind, not yet saved.</summary>
/// <param name="File">The object; Explicit VR Little Endian.</param>
/// <param name="SopInstanceUid">Its SOP instance.</param>
/// <param name="SeriesInstanceUid">Its series.</param>
public sealed record ResultObject(DicomFile File, string SopInstanceUid, string SeriesInstanceUid)
{
    /// <summary>Saves the object as a Part 10 file.</summary>
    public void Save(string path) => File.Save(path);

    internal static ResultObject Of(DicomDataset data) =>
        new(new DicomFile(data), data.GetText(DicomTag.SOPInstanceUID), data.GetText(DicomTag.SeriesInstanceUID));
}

/// <summary>Measurements to a Comprehensive 3D SR after TID 1500 (PS3.16): a group per organ found, with the tracking
/// identity of its segment; organs that were not found and what a reader must know are stated as comments.</summary>
public static class ReportWriter
{
    private const int SeriesNumber = 9002;

    /// <summary>Writes a report.</summary>
    /// <param name="source">The series that was measured.</param>
    /// <param name="measurements">Every organ that was looked for.</param>
    /// <param name="seg">The SEG that the measurements come from; null when nothing was found.</param>
    /// <param name="notes">What a reader must know, such as uneven slices; never patient data.</param>
    /// <param name="provenance">Who made the labels.</param>
    /// <exception cref="ArgumentException">An organ was found and there is no SEG.</exception>
    public static ResultObject Write(SourceSeries source, IReadOnlyList<OrganMeasurement> measurements,
        SegResult.Written? seg, IReadOnlyList<string> notes, SegProvenance provenance) =>
        Write(source, measurements, seg is null ? [] : [seg], notes, provenance);

    /// <summary>The same of a result in several objects.</summary>
    /// <exception cref="ArgumentException">An organ was found and no SEG shows it.</exception>
    public static ResultObject Write(SourceSeries source, IReadOnlyList<OrganMeasurement> measurements,
        IReadOnlyList<SegResult.Written> segs, IReadOnlyList<string> notes, SegProvenance provenance)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(measurements);
        ArgumentNullException.ThrowIfNull(notes);
        ArgumentNullException.ThrowIfNull(provenance);
        ArgumentNullException.ThrowIfNull(segs);
        if (measurements.Any(m => m.IsFound && !segs.Any(s => s.NumberOf(m.Organ) > 0)))
        {
            throw new ArgumentException("A report of organs needs the SEG that shows them", nameof(segs));
        }
        var data = new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian).NotValidated();
        SegHeader.CopyPatientAndStudy(source.Header, data);
        ResultSeries.Add(data, "SR", SeriesNumber, "VM-UNet measurements", provenance);
        AddDocument(data, source, segs, provenance);
        var root = SrItem.Container(null, SrCodes.Report,
        [
            SrItem.Code(SrItem.HasConceptModifier, SrCodes.Language, SrCodes.English),
            .. Observer(provenance),
            SrItem.Code(SrItem.HasConceptModifier, SrCodes.ProcedureReported, SrCodes.Procedure(source.Modality)),
            ImageLibrary(source),
            .. ReportGroups.Of(source, measurements, segs, provenance),
            SrItem.Container(SrItem.Contains, SrCodes.QualitativeEvaluations,
                Comments(measurements, notes, provenance).Select(c => SrItem.Text(SrItem.Contains, SrCodes.Comment, c))),
        ]).Following("1500");
        foreach (var item in root)
        {
            data.Add(item);
        }
        return ResultObject.Of(data);
    }

    private static void AddDocument(
        DicomDataset data, SourceSeries source, IReadOnlyList<SegResult.Written> segs, SegProvenance provenance)
    {
        data.Add(DicomTag.SOPClassUID, SopClasses.Comprehensive3DReport);
        data.Add(DicomTag.SOPInstanceUID, Uids.New());
        data.Add(DicomTag.InstanceNumber, "1");
        data.Add(DicomTag.ContentDate, ResultSeries.Date(provenance.CreatedAt));
        data.Add(DicomTag.ContentTime, ResultSeries.Time(provenance.CreatedAt));
        data.Add(DicomTag.CompletionFlag, "COMPLETE");
        data.Add(DicomTag.VerificationFlag, "UNVERIFIED");
        if (!data.Contains(DicomTag.ReferencedPerformedProcedureStepSequence))
        {
            data.Add(new DicomSequence(DicomTag.ReferencedPerformedProcedureStepSequence));
        }
        data.Add(new DicomSequence(DicomTag.PerformedProcedureCodeSequence));
        List<DicomDataset> series =
        [
            Evidence(source.SeriesInstanceUid, source.Instances),
            .. segs.GroupBy(s => s.SeriesInstanceUid).Select(s => Evidence(
                s.Key, [.. s.Select(seg => new SourceInstance(seg.SopClassUid, seg.SopInstanceUid))])),
        ];
        data.Add(new DicomSequence(DicomTag.CurrentRequestedProcedureEvidenceSequence, new DicomDataset
        {
            { DicomTag.StudyInstanceUID, source.StudyInstanceUid },
            new DicomSequence(DicomTag.ReferencedSeriesSequence, [.. series]),
        }));
    }

    private static DicomDataset Evidence(string series, IReadOnlyList<SourceInstance> instances) => new()
    {
        { DicomTag.SeriesInstanceUID, series },
        new DicomSequence(DicomTag.ReferencedSOPSequence, [.. instances.Select(i => new DicomDataset
        {
            { DicomTag.ReferencedSOPClassUID, i.SopClassUid },
            { DicomTag.ReferencedSOPInstanceUID, i.SopInstanceUid },
        })]),
    };

    /// <summary>TID 1001, 1004: a device observed.</summary>
    private static DicomDataset[] Observer(SegProvenance provenance) =>
    [
        SrItem.Code(SrItem.HasObservationContext, SrCodes.ObserverType, SrCodes.Device),
        SrItem.Uid(SrItem.HasObservationContext, SrCodes.DeviceUid, Uids.FromName("device|" + provenance.InstanceId)),
        SrItem.Text(SrItem.HasObservationContext, SrCodes.DeviceName, provenance.AlgorithmName),
        SrItem.Text(SrItem.HasObservationContext, SrCodes.DeviceManufacturer, SegWriter.Manufacturer),
        SrItem.Text(SrItem.HasObservationContext, SrCodes.DeviceModel,
            $"{provenance.ModelName} {provenance.AlgorithmVersion}"),
    ];

    /// <summary>TID 1600: every image that the result rests on.</summary>
    private static DicomDataset ImageLibrary(SourceSeries source) =>
        SrItem.Container(SrItem.Contains, SrCodes.ImageLibrary,
        [
            SrItem.Container(SrItem.Contains, SrCodes.ImageLibraryGroup,
                source.Instances.Select(i => SrItem.Image(null, i.SopClassUid, i.SopInstanceUid))),
        ]);

    private static IEnumerable<string> Comments(
        IReadOnlyList<OrganMeasurement> measurements, IReadOnlyList<string> notes, SegProvenance provenance)
    {
        yield return ResultSeries.Warning;
        var absent = provenance.IsReviewerCorrection ? "not in the labels given" : "not found by the model";
        foreach (var organ in measurements.Where(m => !m.IsFound))
        {
            yield return $"{SegSegments.Label(organ.Organ)}: {absent}"
                + (organ.Earlier is { } earlier
                    ? string.Create(CultureInfo.InvariantCulture,
                        $" ({earlier.VolumeMl:N0} mL on {earlier.StudyDate:yyyy-MM-dd})")
                    : "");
        }
        foreach (var note in notes)
        {
            yield return note;
        }
    }
}
