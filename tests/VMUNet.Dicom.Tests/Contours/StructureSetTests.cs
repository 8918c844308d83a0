using System.Globalization;
using CsCheck;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Contours;

/// <summary>Contours drawn on a series come back as its voxels.</summary>
public sealed class StructureSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_contour_on_an_oblique_series_covers_the_voxels_whose_centres_lie_inside()
    {
        var source = Source(new SyntheticSeries
        {
            Rows = 12,
            Columns = 10,
            Orientation = [0.6, 0.8, 0, 0, 0, -1],
            Positions = SyntheticSeries.Along([2.4, -1.8, 0], 4),
        });

        var labels = Labels(source, ("Liver", 2, [(1.5, 2.5), (1.5, 6.5), (7.5, 6.5), (7.5, 2.5)]));

        for (var i = 0; i < labels.Labels.Length; i++)
        {
            var (z, y, x) = (i / 120, i % 120 / 10, i % 10);
            Assert.Equal(z == 2 && y is >= 2 and <= 7 && x is >= 3 and <= 6 ? 5 : 0, labels.Labels[i]);
        }
    }

    [Fact]
    public void A_contour_inside_another_is_a_hole()
    {
        var source = Source(new SyntheticSeries { Rows = 12, Columns = 10 });

        var labels = Labels(source,
            ("Liver", 1, [(0.5, 0.5), (0.5, 8.5), (9.5, 8.5), (9.5, 0.5)]),
            ("Liver", 1, [(3.5, 3.5), (3.5, 5.5), (5.5, 5.5), (5.5, 3.5)]));

        Assert.Equal(9 * 8 - 2 * 2, labels.Labels.Count((byte)5));
        Assert.Equal(0, labels.Slice(1)[4 * 10 + 4]);
    }

    [Fact]
    public void Any_polygon_covers_the_centres_that_a_winding_test_finds() =>
        Gen.Select(Gen.Int[-150, 1250], Gen.Int[-150, 1250]).Array[3, 9].Sample(points =>
        {
            // no corner on a pixel centre: whether the rim itself is inside is nobody's business
            (double Y, double X)[] polygon = [.. points.Select(p => (p.Item1 / 50.0 + 0.0071, p.Item2 / 50.0 + 0.0139))];
            var filled = PolygonFill.Runs([polygon], 20)
                .SelectMany(r => Enumerable.Range(r.From, r.To - r.From).Select(x => (r.Row, x)))
                .Where(p => p.x is >= 0 and < 20).ToHashSet();
            return Enumerable.Range(0, 400).All(i => filled.Contains((i / 20, i % 20)) == IsInside(polygon, i / 20, i % 20));
        }, iter: 300, threads: 1, seed: "bdKfy9waVGi1");

    [Theory]
    [InlineData("study", RefusalReason.OtherStudy)]
    [InlineData("space", RefusalReason.OtherFrameOfReference)]
    [InlineData("between", RefusalReason.OffGrid)]
    [InlineData("points", RefusalReason.Damaged)]
    [InlineData("organ", RefusalReason.UnknownOrgan)]
    public void What_does_not_fit_is_refused(string what, RefusalReason reason)
    {
        var source = Source(new SyntheticSeries());
        var data = StructureSet(source, [(what == "organ" ? "Thymus" : "Liver", 1, [(1, 1), (1, 3), (3, 3)])]);
        var contour = data.GetSequence(DicomTag.ROIContourSequence).Items[0].GetSequence(DicomTag.ContourSequence).Items[0];
        _ = what switch
        {
            "study" => data.AddOrUpdate(DicomTag.StudyInstanceUID, "2.25.4"),
            "space" => data.GetSequence(DicomTag.StructureSetROISequence).Items[0]
                .AddOrUpdate(DicomTag.ReferencedFrameOfReferenceUID, "2.25.4"),
            "between" => contour.AddOrUpdate(DicomTag.ContourData, "0", "-10", "-18.7", "1", "-10", "-18.7", "1", "-9", "-18.7"),
            "points" => contour.NotValidated().AddOrUpdate(DicomTag.ContourData, "0", "-10", "-20", "1"),
            _ => data,
        };

        var refused = Assert.IsType<SegContent.Refused>(SegReader.Read(Save(data), source, Organs.Eight));

        Assert.Equal(reason, refused.Reason);
    }

    [Fact]
    public void Regions_that_are_no_organ_are_left_out_with_a_note()
    {
        var source = Source(new SyntheticSeries());
        var file = Save(StructureSet(source,
            [("Liver", 1, [(0.5, 0.5), (0.5, 3.5), (3.5, 3.5)]), ("BODY", 1, [(-1, -1), (-1, 9), (9, 9), (9, -1)])]));

        var read = Read.Seg(file, source, Organs.Eight);

        Assert.Equal(["liver"], read.Found.Select(o => o.Name));
        Assert.Contains("'BODY'", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void References_name_study_series_and_images()
    {
        var source = Source(new SyntheticSeries());

        var references = SegReader.References(Save(StructureSet(source, [("Liver", 1, [(1, 1), (1, 3), (3, 3)])])))!;

        Assert.Equal((source.SeriesInstanceUid, source.StudyInstanceUid, false),
            (references.ReferencedSeriesUid, references.StudyInstanceUid, references.IsOurs));
        Assert.Equal([source.Frames[1].SopInstanceUid], references.ReferencedInstanceUids);
    }

    private LabelMap Labels(SourceSeries source, params (string Name, int Slice, (double Y, double X)[] Points)[] contours) =>
        Read.Seg(Save(StructureSet(source, contours)), source, Organs.Eight).Map;

    private SourceSeries Source(SyntheticSeries series) => Read.Volume(series.Write(_folder.File("source"))).Source;

    private string Save(DicomDataset data)
    {
        var path = _folder.File("contours.dcm");
        new DicomFile(data).Save(path);
        return path;
    }

    /// <summary>Contours of one name belong to one region.</summary>
    private static DicomDataset StructureSet(
        SourceSeries source, (string Name, int Slice, (double Y, double X)[] Points)[] contours)
    {
        var names = contours.Select(c => c.Name).Distinct().ToList();
        return new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian)
        {
            { DicomTag.SOPClassUID, SopClasses.RtStructureSet },
            { DicomTag.SOPInstanceUID, "2.25.77" },
            { DicomTag.Modality, "RTSTRUCT" },
            { DicomTag.StudyInstanceUID, source.StudyInstanceUid },
            { DicomTag.SeriesInstanceUID, "2.25.78" },
            Sequence(DicomTag.ReferencedFrameOfReferenceSequence, new DicomDataset
            {
                Sequence(DicomTag.RTReferencedStudySequence, new DicomDataset
                {
                    Sequence(DicomTag.RTReferencedSeriesSequence,
                        new DicomDataset { { DicomTag.SeriesInstanceUID, source.SeriesInstanceUid } }),
                }),
            }),
            Sequence(DicomTag.StructureSetROISequence, [.. names.Select((name, i) => new DicomDataset
            {
                { DicomTag.ROINumber, Whole(i + 1) },
                { DicomTag.ROIName, name },
                { DicomTag.ReferencedFrameOfReferenceUID, source.FrameOfReferenceUid },
            })]),
            Sequence(DicomTag.ROIContourSequence, [.. names.Select((name, i) => new DicomDataset
            {
                { DicomTag.ReferencedROINumber, Whole(i + 1) },
                Sequence(DicomTag.ContourSequence,
                    [.. contours.Where(c => c.Name == name).Select(c => Contour(source, c.Slice, c.Points))]),
            })]),
        };
    }

    private static DicomDataset Contour(SourceSeries source, int slice, (double Y, double X)[] points) => new()
    {
        { DicomTag.ContourGeometricType, "CLOSED_PLANAR" },
        { DicomTag.NumberOfContourPoints, Whole(points.Length) },
        { DicomTag.ContourData, [.. points.Select(p => source.Geometry.ToPatient(slice, p.Y, p.X))
            .SelectMany(p => new[] { p.X, p.Y, p.Z }).Select(DicomText.ToDecimalString)] },
        Sequence(DicomTag.ContourImageSequence, new DicomDataset
        {
            { DicomTag.ReferencedSOPInstanceUID, source.Frames[slice].SopInstanceUid },
        }),
    };

    private static DicomSequence Sequence(DicomTag tag, params DicomDataset[] items) => new(tag, items);

    private static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The angle that the polygon turns around the point, in whole turns, is odd inside.</summary>
    private static bool IsInside((double Y, double X)[] polygon, double y, double x)
    {
        var turns = 0.0;
        for (var i = 0; i < polygon.Length; i++)
        {
            var (a, b) = (polygon[i], polygon[(i + 1) % polygon.Length]);
            var (ay, ax, by, bx) = (a.Y - y, a.X - x, b.Y - y, b.X - x);
            turns += Math.Atan2(ax * by - ay * bx, ax * bx + ay * by);
        }
        return (int)Math.Round(Math.Abs(turns) / (2 * Math.PI)) % 2 == 1;
    }
}
