using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Sr;

public sealed class ReportWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Volumes_and_ct_numbers_are_those_of_the_voxels()
    {
        var (read, labels) = Liver();

        var liver = OrganMeasurements.Of(read.Source, labels, read.Volume, Organs.Eight)[4];

        // two voxels of 0.75 x 0.5 x 2.5 mm with the values 0 and 10
        Assert.Equal(2, liver.Voxels);
        Assert.Equal(2 * 0.75 * 0.5 * 2.5 / 1000, liver.VolumeMl!.Value, 12);
        Assert.Equal(5, liver.MeanHu!.Value, 9);
        Assert.Equal(5, liver.StandardDeviationHu!.Value, 9);
    }

    [Fact]
    public void Uneven_slices_have_no_volume_and_a_note_says_so()
    {
        var read = Read.Volume(new SyntheticSeries { Positions = [[0, 0, 0], [0, 0, 1], [0, 0, 3], [0, 0, 9]] }
            .Write(_folder.File("uneven")));
        var labels = new LabelMap(read.Source.Geometry, [.. Enumerable.Repeat((byte)5, 120)]);

        var file = Report(read, labels, out var measurements, out _, read.Notes);

        Assert.Null(measurements[4].VolumeMl);
        Assert.DoesNotContain("Volume", Numbers(file), StringComparison.Ordinal);
        Assert.Contains(Texts(file), t => t.StartsWith("irregular-spacing", StringComparison.Ordinal));
    }

    [Fact]
    public void Change_against_the_last_result_is_told_as_people_read_it()
    {
        var (read, labels) = Liver();
        var measured = OrganMeasurements.Of(read.Source, labels, read.Volume, Organs.Eight)[4];
        var earlier = new Dictionary<string, EarlierVolume>
        {
            ["liver"] = new(measured.VolumeMl!.Value / 1.12, new DateOnly(2026, 3, 2)),
            ["spleen"] = new(210, new DateOnly(2026, 3, 2)),
        };

        var file = Report(read, labels, out _, out _, [], earlier);

        Assert.Contains("Liver 0 mL, +12 % since 2026-03-02", Texts(file));
        Assert.Contains("Spleen: not found by the model (210 mL on 2026-03-02)", Texts(file));
        Assert.Contains("NOT FOR DIAGNOSTIC USE", Texts(file));
    }

    [Fact]
    public void A_finding_has_the_tracking_identity_of_its_segment()
    {
        var (read, labels) = Liver();

        var file = Report(read, labels, out _, out var seg);

        var segment = seg!.File.Dataset.GetSequence(DicomTag.SegmentSequence).Items[0];
        var group = Items(DicomFile.Open(file).Dataset).First(i => Concept(i) == "125007");
        Assert.Equal(segment.GetString(DicomTag.TrackingUID), Child(group, "112040").GetString(DicomTag.UID));
        Assert.Equal(segment.GetString(DicomTag.TrackingID), Child(group, "112039").GetString(DicomTag.TextValue));
        Assert.Equal(seg.SopInstanceUid, Child(group, "121191").GetSequence(DicomTag.ReferencedSOPSequence).Items[0]
            .GetString(DicomTag.ReferencedSOPInstanceUID));
    }

    [Theory]
    [InlineData("ct")]
    [InlineData("mr")]
    [InlineData("photograph")]
    [InlineData("nothing")]
    [InlineData("sides")]
    public void Dicom3tools_finds_no_error_in_a_report(string kind)
    {
        var file = ReportOf(kind);

        Assert.Empty(Oracle.DicomErrors(file));
    }

    [Theory]
    [InlineData("ct", "Volume")]
    [InlineData("photograph", "Area")]
    [InlineData("sides", "Left")]
    public void Dcmtk_reads_a_report(string kind, string expected)
    {
        var file = ReportOf(kind);

        var text = Oracle.DumpReport(file);

        Assert.Contains("Imaging Measurement Report", text, StringComparison.Ordinal);
        Assert.Contains(expected, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("patient")]
    [InlineData("volume")]
    [InlineData("evidence")]
    [InlineData("tracking")]
    [InlineData("segment")]
    [InlineData("template")]
    [InlineData("verified")]
    [InlineData("group")]
    public void A_spoiled_report_is_held_back(string what)
    {
        var (read, labels) = Liver();
        var path = Report(read, labels, out var measurements, out var seg);
        Assert.IsType<GateVerdict.Passed>(OutgoingGate.CheckReport(path, read.Source, measurements, seg));
        var file = DicomFile.Open(path, FileReadOption.ReadAll);
        var data = file.Dataset.NotValidated();
        var group = Items(data).First(i => Concept(i) == "125007");
        DicomDataset Evidence() => data.GetSequence(DicomTag.CurrentRequestedProcedureEvidenceSequence).Items[0];
        _ = what switch
        {
            "patient" => data.AddOrUpdate(DicomTag.PatientID, "P-2"),
            "volume" => Child(group, "118565006").GetSequence(DicomTag.MeasuredValueSequence).Items[0]
                .AddOrUpdate(DicomTag.NumericValue, "1.48"),
            "evidence" => Evidence().GetSequence(DicomTag.ReferencedSeriesSequence).Items[1].Remove(DicomTag.ReferencedSOPSequence),
            "tracking" => Child(group, "112040").AddOrUpdate(DicomTag.UID, "2.25.4"),
            "segment" => Child(group, "121191").GetSequence(DicomTag.ReferencedSOPSequence).Items[0]
                .AddOrUpdate(DicomTag.ReferencedSegmentNumber, (ushort)2),
            "template" => data.GetSequence(DicomTag.ContentTemplateSequence).Items[0]
                .AddOrUpdate(DicomTag.TemplateIdentifier, "1501"),
            "verified" => data.AddOrUpdate(DicomTag.VerificationFlag, "VERIFIED"),
            _ => group.GetSequence(DicomTag.ConceptNameCodeSequence).Items[0].AddOrUpdate(DicomTag.CodeValue, "125008"),
        };
        file.Save(path);

        Assert.IsType<GateVerdict.Held>(OutgoingGate.CheckReport(path, read.Source, measurements, seg));
    }

    private string ReportOf(string kind)
    {
        if (kind == "photograph")
        {
            var picture = Read.Photograph([Dicomizer.FromPicture(new Picture(4, 4, new byte[48]), _folder.File("derm"),
                new DicomizeOptions { Kind = DicomizeKind.Dermoscopy, CreatedAt = Organs.Model.CreatedAt })]).Source;
            var lesion = new LabelMap(picture.Geometry, [0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            return Save(picture, lesion, OrganMeasurements.Of(picture, lesion, null, Organs.Lesion), Organs.Lesion, [], out _);
        }
        var read = Read.Volume(new SyntheticSeries
        {
            Modality = kind == "mr" ? "MR" : "CT",
            SopClass = kind == "mr" ? "1.2.840.10008.5.1.4.1.1.4" : "1.2.840.10008.5.1.4.1.1.2",
        }.Write(_folder.File(kind)));
        var values = kind switch
        {
            "nothing" => new byte[120],
            "sides" => [.. Enumerable.Range(0, 120).Select(i => (byte)(3 + i % 2))],
            _ => Enumerable.Repeat((byte)5, 120).ToArray(),
        };
        return Report(read, new LabelMap(read.Source.Geometry, values), out _, out _);
    }

    private (SeriesContent.AsVolume Read, LabelMap Labels) Liver()
    {
        var read = Read.Volume(new SyntheticSeries().Write(_folder.File("source")));
        var labels = new byte[120];
        (labels[0], labels[5]) = (5, 5);
        return (read, new LabelMap(read.Source.Geometry, labels));
    }

    private string Report(SeriesContent.AsVolume read, LabelMap labels, out IReadOnlyList<OrganMeasurement> measurements,
        out SegResult.Written? seg, IReadOnlyList<string>? notes = null,
        IReadOnlyDictionary<string, EarlierVolume>? earlier = null)
    {
        measurements = OrganMeasurements.Of(read.Source, labels, read.Volume, Organs.Eight, earlier);
        return Save(read.Source, labels, measurements, Organs.Eight, notes ?? [], out seg);
    }

    private string Save(SourceSeries source, LabelMap labels, IReadOnlyList<OrganMeasurement> measurements,
        IReadOnlyList<OrganLabel> organs, IReadOnlyList<string> notes, out SegResult.Written? seg)
    {
        seg = SegWriter.Write(source, labels, organs, Organs.Model) as SegResult.Written;
        var file = _folder.File("report.dcm");
        ReportWriter.Write(source, measurements, seg, notes, Organs.Model).Save(file);
        Assert.IsType<GateVerdict.Passed>(OutgoingGate.CheckReport(file, source, measurements, seg));
        return file;
    }

    private static List<string> Texts(string file) => [.. Items(DicomFile.Open(file).Dataset)
        .Where(i => i.Contains(DicomTag.TextValue)).Select(i => i.GetString(DicomTag.TextValue))];

    private static string Numbers(string file) => string.Join(' ', Items(DicomFile.Open(file).Dataset)
        .Where(i => i.GetText(DicomTag.ValueType) == "NUM")
        .Select(i => i.GetSequence(DicomTag.ConceptNameCodeSequence).Items[0].GetString(DicomTag.CodeMeaning)));

    private static DicomDataset Child(DicomDataset item, string concept) =>
        item.GetItems(DicomTag.ContentSequence).First(i => Concept(i) == concept);

    private static string? Concept(DicomDataset item) =>
        item.GetFirstItem(DicomTag.ConceptNameCodeSequence)?.GetText(DicomTag.CodeValue);

    private static IEnumerable<DicomDataset> Items(DicomDataset item) =>
        item.GetItems(DicomTag.ContentSequence).SelectMany(i => Items(i).Prepend(i));
}
