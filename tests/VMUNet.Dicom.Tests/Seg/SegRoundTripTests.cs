using CsCheck;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Seg;

public sealed class SegRoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_mask_on_any_oblique_grid_comes_back_voxel_for_voxel()
    {
        var angle = Gen.Double[-Math.PI, Math.PI];
        var series =
            from a in angle
            from b in angle
            from c in angle
            from rows in Gen.Int[1, 9]
            from columns in Gen.Int[1, 11]
            from slices in Gen.Int[1, 7]
            from rowSpacing in Gen.Double[0.3, 2]
            from columnSpacing in Gen.Double[0.3, 2]
            from step in Gen.Double[0.5, 6]
            from origin in Gen.Double[-400, 400].Array[3]
            from labels in Gen.Byte[0, 8].Array[rows * columns * slices]
            select (Series: Oblique((a, b, c), (rows, columns, slices), [rowSpacing, columnSpacing], step, origin), labels);

        series.Sample(sample =>
        {
            using var folder = new TemporaryFolder();
            var source = Read.Volume(sample.Series.Write(folder.Path)).Source;
            var labels = new LabelMap(source.Geometry, sample.labels);
            if (SegWriter.Write(source, labels, Organs.Eight, Organs.Model) is not SegResult.Written written)
            {
                return labels.Present().Count == 0;
            }
            var file = folder.File("seg.bin");
            written.Save(file);
            return Read.Seg(file, source, Organs.Eight).Map.Labels.SequenceEqual(sample.labels)
                && OutgoingGate.Check(file, source, labels, Organs.Eight) is GateVerdict.Passed;
        }, iter: 150, threads: 1, seed: "0000KOIPDtx1");
    }

    [Fact]
    public void Uneven_and_tilted_slices_keep_their_own_positions()
    {
        var source = Read.Volume(new SyntheticSeries
        {
            Positions = [[0, 0, 0], [0, 0.4, 1.2], [0, 1.9, 6], [0, 3, 11.1]],
        }.Write(_folder.Path)).Source;
        var labels = Labels(source, (z, y, x) => (byte)((z + y + x) % 3));

        var written = Written(source, labels);

        Assert.StartsWith("irregular-spacing", written.File.Dataset.GetString(DicomTag.ImageComments), StringComparison.Ordinal);
        Assert.Equal(4.8, written.File.Dataset.GetSequence(DicomTag.SharedFunctionalGroupsSequence).Items[0]
            .GetSequence(DicomTag.PixelMeasuresSequence).Items[0].GetSingleValue<double>(DicomTag.SpacingBetweenSlices), 6);
        Assert.True(Read.Seg(Save(written), source, Organs.Eight).Map.Labels.SequenceEqual(labels.Labels));
    }

    [Fact]
    public void Empty_frames_are_left_out_and_frames_are_sorted_by_segment_then_position()
    {
        var source = Source();
        var labels = Labels(source, (z, y, x) => (z, y, x) switch
        {
            (3, 0, 0) or (1, 5, 4) => 7,
            (1, 0, 0) => 5,
            _ => 0,
        });

        var data = Written(source, labels).File.Dataset;

        var values = data.GetSequence(DicomTag.PerFrameFunctionalGroupsSequence)
            .Select(f => f.GetSequence(DicomTag.FrameContentSequence).Items[0].GetValues<uint>(DicomTag.DimensionIndexValues));
        Assert.Equal([[1, 1], [2, 1], [2, 2]], values);
        Assert.Equal("3", data.GetString(DicomTag.NumberOfFrames));
        var segments = data.GetSequence(DicomTag.SegmentSequence).Items;
        Assert.Equal(["Liver", "Spleen"], segments.Select(s => s.GetString(DicomTag.SegmentLabel)));
    }

    [Fact]
    public void Bits_run_on_across_frames_and_end_with_zeros()
    {
        var source = Source(); // 6 x 5 = 30 pixels a frame
        var labels = Labels(source, (z, y, x) => (byte)(z < 2 && (y, x) is (0, 0) or (5, 4) ? 5 : 0));

        var bytes = Written(source, labels).File.Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data;

        var bits = Enumerable.Range(0, 8 * bytes.Length).Where(i => (bytes[i / 8] >> i % 8 & 1) == 1);
        Assert.Equal([0, 29, 30, 59], bits);
        Assert.Equal(8, bytes.Length);
    }

    [Fact]
    public void Labels_without_a_voxel_write_nothing()
    {
        var source = Source();

        Assert.IsType<SegResult.NothingFound>(
            SegWriter.Write(source, Labels(source, (_, _, _) => 0), Organs.Eight, Organs.Model));
    }

    [Fact]
    public void Labels_on_another_grid_or_with_an_unknown_value_are_the_callers_bug()
    {
        var source = Source();
        var other = source.Geometry with { RowSpacingMm = 1 };

        Assert.Throws<ArgumentException>(() => SegWriter.Write(
            source, new LabelMap(other, new byte[other.VoxelCount]), Organs.Eight, Organs.Model));
        Assert.Throws<ArgumentException>(() => SegWriter.Write(
            source, Labels(source, (_, _, _) => 9), Organs.Eight, Organs.Model));
    }

    [Fact]
    public void The_same_organ_of_a_study_keeps_its_tracking_uid()
    {
        var source = Source();
        var labels = Labels(source, (_, _, _) => 5);

        var first = Written(source, labels).File.Dataset;
        var second = Written(source, labels).File.Dataset;

        Assert.NotEqual(first.GetString(DicomTag.SOPInstanceUID), second.GetString(DicomTag.SOPInstanceUID));
        Assert.Equal(Segment(first).GetString(DicomTag.TrackingUID), Segment(second).GetString(DicomTag.TrackingUID));
    }

    [Fact]
    public void Provenance_is_written_with_the_weights_hash_and_the_warning()
    {
        var source = Source();
        var data = Written(source, Labels(source, (_, _, _) => 5)).File.Dataset;

        var algorithm = Segment(data).GetSequence(DicomTag.SegmentationAlgorithmIdentificationSequence).Items[0];
        Assert.Contains(new string('a', 64), algorithm.GetString(DicomTag.AlgorithmParameters), StringComparison.Ordinal);
        Assert.Contains("NOT FOR DIAGNOSTIC USE", data.GetString(DicomTag.SeriesDescription), StringComparison.Ordinal);
        Assert.Contains("NOT FOR DIAGNOSTIC USE", data.GetString(DicomTag.ContentDescription), StringComparison.Ordinal);
        Assert.Equal("AUTOMATIC", Segment(data).GetString(DicomTag.SegmentAlgorithmType));
    }

    [Theory]
    [InlineData("fast", "fast")]
    [InlineData("fp32", "fp32")]
    [InlineData(null, "fp32")]
    public void What_is_needed_to_make_a_file_again_is_read_back(string? written, string read)
    {
        var source = Source();
        var seg = SegWriter.Write(
            source, Labels(source, (_, _, _) => 5), Organs.Eight, Organs.Model with { Precision = written });

        var maker = SegMaker.Of(Assert.IsType<SegResult.Written>(seg).File.Dataset);

        Assert.Equal(new string('a', 64), maker!.WeightsSha256);
        Assert.Equal(Organs.Model.ModelName, maker.ModelName);
        Assert.Equal(read, maker.Precision);
    }

    [Fact]
    public void A_reviewers_correction_says_so_and_is_not_taken_for_ours()
    {
        var source = Source();
        var correction = Organs.Model with { IsReviewerCorrection = true, ReviewerName = "Müller^Eva" };
        var labels = Labels(source, (_, _, _) => 5);
        var file = Save((SegResult.Written)SegWriter.Write(source, labels, Organs.Eight, correction));

        var data = DicomFile.Open(file).Dataset;

        Assert.Equal("SEMIAUTOMATIC", Segment(data).GetString(DicomTag.SegmentAlgorithmType));
        Assert.Equal("Müller^Eva", data.GetString(DicomTag.ContentCreatorName));
        Assert.False(SegReader.References(file)!.IsOurs);
        Assert.True(SegReader.References(Save(Written(source, labels)))!.IsOurs);
    }

    [Fact]
    public void References_name_study_series_and_images()
    {
        var source = Source();
        var written = Written(source, Labels(source, (z, _, _) => (byte)(z == 2 ? 5 : 0)));

        var references = SegReader.References(Save(written))!;

        Assert.Equal((source.StudyInstanceUid, source.SeriesInstanceUid, written.SopInstanceUid),
            (references.StudyInstanceUid, references.ReferencedSeriesUid, references.SopInstanceUid));
        Assert.Equal(source.Instances.Select(i => i.SopInstanceUid), references.ReferencedInstanceUids);
        Assert.Null(SegReader.References(source.Frames[0].Path));
    }

    [Fact]
    public void A_lossy_source_stays_marked_as_lossy()
    {
        var source = Read.Volume(new SyntheticSeries
        {
            Change = (data, _) => data.Add(DicomTag.LossyImageCompression, "01")
                .Add(DicomTag.LossyImageCompressionRatio, "7.5").Add(DicomTag.LossyImageCompressionMethod, "ISO_10918_1"),
        }.Write(_folder.Path)).Source;

        var data = Written(source, Labels(source, (_, _, _) => 1)).File.Dataset;

        Assert.Equal(("01", "7.5"), (data.GetString(DicomTag.LossyImageCompression),
            data.GetString(DicomTag.LossyImageCompressionRatio)));
    }

    [Fact]
    public void Illegal_optional_values_of_the_source_are_not_repeated()
    {
        var source = Read.Volume(new SyntheticSeries
        {
            Change = (data, _) => data.NotValidated().Add(DicomTag.PatientAge, "42").Add(DicomTag.PatientWeight, "75"),
        }.Write(_folder.Path)).Source;

        var data = Written(source, Labels(source, (_, _, _) => 1)).File.Dataset;

        Assert.False(data.Contains(DicomTag.PatientAge));
        Assert.Equal("75", data.GetString(DicomTag.PatientWeight));
    }

    [Fact]
    public void Decimal_strings_are_repeated_as_written_unless_too_long()
    {
        var source = Read.Volume(new SyntheticSeries
        {
            Change = (data, i) => data.NotValidated()
                .AddOrUpdate(DicomTag.ImagePositionPatient, $"1.50\\-0.0382096472372976\\{i}.00"),
        }.Write(_folder.Path)).Source;

        var frame = Written(source, Labels(source, (z, _, _) => (byte)(z == 3 ? 1 : 0))).File.Dataset
            .GetSequence(DicomTag.PerFrameFunctionalGroupsSequence).Items[0];

        Assert.Equal("1.50\\-0.0382096472373\\3.00", frame.GetSequence(DicomTag.PlanePositionSequence).Items[0]
            .GetString(DicomTag.ImagePositionPatient));
    }

    [Theory]
    [InlineData("ISO_IR 100", "Müller^Jörg")]
    [InlineData("ISO_IR 192", "山田^太郎")]
    [InlineData("ISO_IR 144", "Люкceмбypг")]
    public void Names_keep_their_bytes_and_their_character_set(string charset, string name)
    {
        var source = Read.Volume(new SyntheticSeries
        {
            Change = (data, _) => data.Add(DicomTag.SpecificCharacterSet, charset).AddOrUpdate(DicomTag.PatientName, name),
        }.Write(_folder.Path)).Source;
        var file = Save(Written(source, Labels(source, (_, _, _) => 1)));

        var (seg, image) = (DicomFile.Open(file).Dataset, DicomFile.Open(source.Frames[0].Path).Dataset);

        Assert.Equal(name, seg.GetString(DicomTag.PatientName));
        Assert.Equal(image.GetDicomItem<DicomElement>(DicomTag.PatientName)!.Buffer.Data,
            seg.GetDicomItem<DicomElement>(DicomTag.PatientName)!.Buffer.Data);
    }

    [Fact]
    public void A_photographs_seg_has_nominal_geometry_only_on_request()
    {
        var file = Dicomizer.FromPicture(new Picture(4, 6, new byte[72]), _folder.Path, new DicomizeOptions
        {
            Kind = DicomizeKind.Dermoscopy,
            CreatedAt = Organs.Model.CreatedAt,
        });
        var source = Read.Photograph([file]).Source;
        var labels = Labels(source, (_, y, _) => (byte)(y % 2));

        var with = ((SegResult.Written)SegWriter.Write(source, labels, Organs.Lesion, Organs.Model)).File.Dataset;
        var without = ((SegResult.Written)SegWriter.Write(
            source, labels, Organs.Lesion, Organs.Model, nominalGeometry: false)).File.Dataset;

        Assert.True(with.Contains(DicomTag.FrameOfReferenceUID));
        Assert.Equal(2, with.GetSequence(DicomTag.DimensionIndexSequence).Items.Count);
        Assert.False(without.Contains(DicomTag.FrameOfReferenceUID));
        Assert.True(without.Contains(DicomTag.PatientOrientation));
        Assert.Single(without.GetSequence(DicomTag.DimensionIndexSequence).Items);
    }

    private static DicomDataset Segment(DicomDataset data) => data.GetSequence(DicomTag.SegmentSequence).Items[0];

    private static SegResult.Written Written(SourceSeries source, LabelMap labels) =>
        Assert.IsType<SegResult.Written>(SegWriter.Write(source, labels, Organs.Eight, Organs.Model));

    private static LabelMap Labels(SourceSeries source, Func<int, int, int, byte> label)
    {
        var grid = source.Geometry;
        var labels = new byte[grid.VoxelCount];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = label(i / (grid.Rows * grid.Columns), i / grid.Columns % grid.Rows, i % grid.Columns);
        }
        return new LabelMap(grid, labels);
    }

    private static SyntheticSeries Oblique((double A, double B, double C) angles, (int Rows, int Columns, int Slices) size,
        double[] spacing, double step, double[] origin)
    {
        var (row, column) = (Turn([1, 0, 0], angles), Turn([0, 1, 0], angles));
        var normal = Turn([0, 0, 1], angles);
        return new SyntheticSeries
        {
            Rows = size.Rows,
            Columns = size.Columns,
            Orientation = [.. row, .. column],
            Spacing = spacing,
            Positions = SyntheticSeries.Along([.. normal.Select(n => n * step)], size.Slices, origin),
        };
    }

    private static double[] Turn(double[] v, (double A, double B, double C) angles)
    {
        var (x, y, z) = (v[0], v[1], v[2]);
        (x, y) = (x * Math.Cos(angles.A) - y * Math.Sin(angles.A), x * Math.Sin(angles.A) + y * Math.Cos(angles.A));
        (y, z) = (y * Math.Cos(angles.B) - z * Math.Sin(angles.B), y * Math.Sin(angles.B) + z * Math.Cos(angles.B));
        (x, z) = (x * Math.Cos(angles.C) - z * Math.Sin(angles.C), x * Math.Sin(angles.C) + z * Math.Cos(angles.C));
        return [x, y, z];
    }

    private SourceSeries Source() => Read.Volume(new SyntheticSeries().Write(_folder.File("source"))).Source;

    private string Save(SegResult.Written written)
    {
        var path = _folder.File(written.SopInstanceUid);
        written.Save(path);
        return path;
    }
}
