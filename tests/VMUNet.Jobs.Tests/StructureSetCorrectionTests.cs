using System.Globalization;
using VMUNet.Data.Learning;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Dicom;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

public sealed class StructureSetCorrectionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Contours_of_a_reviewer_are_scored_as_a_correction()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance[] slices = await harness.ReceiveVolumeAsync();
        await harness.WorkAsync();
        var source = ((SeriesContent.AsVolume)SeriesReader.Read(
            [.. slices.Select(s => Path.Combine(harness.DataFolder, s.Path))], default)).Source;

        ReceivedInstance contours = await harness.ReceiveAsync(Contours(source, harness.DataFolder, "Liver", [16, 17, 18]));
        await harness.WorkAsync();

        SeriesSummary admitted = await harness.SeriesAsync(contours);
        Assert.Equal((SeriesState.Admitted, "1 correction admitted"), (admitted.State, admitted.Detail));
        CorrectionDetail correction = (await harness.Queries.SegmentationsAsync(slices[0].SeriesInstanceUid, default))
            .Single().Corrections.Single();
        OrganQuality liver = correction.Organs.Single(o => o.Organ == "liver");
        var spacing = source.Geometry.Spacing;
        Assert.Equal(QaStatus.Scored, liver.Status);
        Assert.Equal(3 * 61 * 81 * spacing.Z * spacing.Y * spacing.X / 1000, liver.VolumeReferenceMl!.Value, 3);
    }

    [Fact]
    public async Task Contours_between_the_slices_are_refused_in_sight()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance[] slices = await harness.ReceiveVolumeAsync();
        await harness.WorkAsync();
        var source = ((SeriesContent.AsVolume)SeriesReader.Read(
            [.. slices.Select(s => Path.Combine(harness.DataFolder, s.Path))], default)).Source;

        ReceivedInstance contours = await harness.ReceiveAsync(Contours(source, harness.DataFolder, "Liver", [16.4]));
        await harness.WorkAsync();

        SeriesSummary refused = await harness.SeriesAsync(contours);
        Assert.Equal((SeriesState.Refused, "off_grid"), (refused.State, refused.Reason));
        Assert.Contains("from the nearest source slice", refused.Detail, StringComparison.Ordinal);
    }

    /// <summary>The same rectangle of 61 x 81 voxel centres on each slice.</summary>
    private static string Contours(SourceSeries source, string folder, string organ, double[] slices)
    {
        (double Y, double X)[] corners = [(59.5, 49.5), (59.5, 130.5), (120.5, 130.5), (120.5, 49.5)];
        DicomDataset Contour(double slice) => new()
        {
            { DicomTag.ContourGeometricType, "CLOSED_PLANAR" },
            { DicomTag.NumberOfContourPoints, "4" },
            { DicomTag.ContourData, [.. corners.Select(c => source.Geometry.ToPatient(slice, c.Y, c.X))
                .SelectMany(p => new[] { p.X, p.Y, p.Z })
                .Select(v => v.ToString("0.####", CultureInfo.InvariantCulture))] },
        };
        var data = new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian)
        {
            { DicomTag.SOPClassUID, "1.2.840.10008.5.1.4.1.1.481.3" },
            { DicomTag.SOPInstanceUID, NewUid() },
            { DicomTag.Modality, "RTSTRUCT" },
            { DicomTag.PatientID, "ANON" },
            { DicomTag.StudyInstanceUID, source.StudyInstanceUid },
            { DicomTag.SeriesInstanceUID, NewUid() },
            new DicomSequence(DicomTag.ReferencedFrameOfReferenceSequence, new DicomDataset
            {
                new DicomSequence(DicomTag.RTReferencedStudySequence, new DicomDataset
                {
                    new DicomSequence(DicomTag.RTReferencedSeriesSequence,
                        new DicomDataset { { DicomTag.SeriesInstanceUID, source.SeriesInstanceUid } }),
                }),
            }),
            new DicomSequence(DicomTag.StructureSetROISequence, new DicomDataset
            {
                { DicomTag.ROINumber, "1" },
                { DicomTag.ROIName, organ },
                { DicomTag.ReferencedFrameOfReferenceUID, source.FrameOfReferenceUid },
            }),
            new DicomSequence(DicomTag.ROIContourSequence, new DicomDataset
            {
                { DicomTag.ReferencedROINumber, "1" },
                new DicomSequence(DicomTag.ContourSequence, [.. slices.Select(Contour)]),
            }),
        };
        string path = Path.Combine(folder, $"contours-{Guid.NewGuid():N}.dcm");
        new DicomFile(data).Save(path);
        return path;
    }

    private static string NewUid() => "2.25." + new System.Numerics.BigInteger(
        Guid.NewGuid().ToByteArray(), isUnsigned: true).ToString(CultureInfo.InvariantCulture);
}
