using System.Text.Json;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Seg;

/// <summary>SEGs of real images before judges that others wrote.</summary>
public sealed class SegOracleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_ct_series_with_eight_organs_satisfies_the_checker()
    {
        var folder = SharedFolder.Need("data", "ct-totalsegmentator", "dicom_series");
        var nifti = SharedFolder.Need("data", "ct-totalsegmentator", "labels_synapse8", "dicom_series.nii.gz");
        var source = Read.Volume(SeriesReader.FilesIn(folder)).Source;
        var labels = LabelFile.Read(nifti, source, Organs.Eight);

        var report = Check(source, labels, Organs.Eight, folder);

        Assert.Equal(0, report.GetProperty("truth_different_voxels").GetInt32());
        Assert.Equal(2.0, source.Geometry.Spacing.Z, 6);
    }

    [Fact]
    public void A_dicomized_mr_with_four_organs_satisfies_the_checker()
    {
        var image = SharedFolder.Need("data", "abdomen-mr-chaos", "images", "chaos_t2_05.nii.gz");
        var nifti = SharedFolder.Need("data", "abdomen-mr-chaos", "labels", "chaos_t2_05.nii.gz");
        var files = Dicomizer.FromVolume(NiftiFile.Read(image), _folder.File("mr"), new DicomizeOptions
        {
            Kind = DicomizeKind.Mr,
            CreatedAt = Organs.Model.CreatedAt,
            BodyPart = "ABDOMEN",
        });
        var source = Read.Volume(files).Source;
        OrganLabel[] organs =
        [
            Organs.Make(1, "liver", "10200004", "Liver"),
            Organs.Make(2, "right-kidney", "64033007", "Kidney", default, Organs.Right),
            Organs.Make(3, "left-kidney", "64033007", "Kidney", default, Organs.Left),
            Organs.Make(4, "spleen", "78961009", "Spleen"),
        ];

        Assert.Empty(Oracle.DicomErrors(files[0]));
        Check(source, LabelFile.Read(nifti, source, organs), organs, _folder.File("mr"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_dermoscopy_photograph_satisfies_the_checker(bool nominalGeometry)
    {
        var jpeg = Directory.GetFiles(SharedFolder.Need("data", "lesion-isic2017", "images")).Order().First();
        var mask = SharedFolder.Need("data", "lesion-isic2017", "masks", Path.GetFileNameWithoutExtension(jpeg) + ".png");
        var file = Dicomizer.FromPicture(PictureFile.Read(jpeg), _folder.File("derm"), new DicomizeOptions
        {
            Kind = DicomizeKind.Dermoscopy,
            CreatedAt = Organs.Model.CreatedAt,
            LossyRatio = 20,
        });
        var source = Read.Photograph([file]).Source;

        Assert.Empty(Oracle.DicomErrors(file));
        Check(source, LabelFile.Read(mask, source, Organs.Lesion), Organs.Lesion, _folder.File("derm"), nominalGeometry);
    }

    [Fact]
    public void A_photograph_of_odd_size_ends_with_a_zero_padding_byte()
    {
        var file = Dicomizer.FromPicture(new Picture(11, 13, new byte[429]), _folder.File("odd"), new DicomizeOptions
        {
            Kind = DicomizeKind.Dermoscopy,
            CreatedAt = Organs.Model.CreatedAt,
        });
        var source = Read.Photograph([file]).Source;
        var labels = new LabelMap(source.Geometry, [.. Enumerable.Range(0, 143).Select(i => (byte)(i % 3 == 0 ? 1 : 0))]);

        Check(source, labels, Organs.Lesion, _folder.File("odd"));
    }

    [Fact]
    public void An_oblique_mr_with_unequal_pixels_satisfies_the_checker()
    {
        var folder = SharedFolder.Need("data", "dicom-geometry", "mr_t1_oblique");
        var read = Read.Volume(SeriesReader.FilesIn(folder));

        Assert.True(read.Volume.Geometry.IsRegular);
        Check(read.Source, Threshold(read.Volume), [Organs.Eight[4], Organs.Eight[6]], folder);
    }

    [Fact]
    public void A_tilted_head_with_uneven_slices_satisfies_the_checker()
    {
        var folder = SharedFolder.Need("data", "dicom-geometry", "ge_tilt_variable_spacing");
        var read = Read.Volume(SeriesReader.FilesIn(folder));

        Assert.Equal(2, read.Notes.Count);
        Assert.Equal(28, read.Volume.Geometry.SliceOrigins!.Count);
        Check(read.Source, Threshold(read.Volume), [Organs.Eight[4], Organs.Eight[6]], folder);
    }

    [Theory]
    [InlineData("dcmqi-liver", 107098)]
    [InlineData("dcmqi-small-23x38", 322)]
    [InlineData("highdicom-ct-binary", 638)]
    [InlineData("highdicom-ct-fractional", null)]
    [InlineData("highdicom-cr-binary", 151)]
    [InlineData("hdlib-ct_BINARY", 3057)]
    [InlineData("hdlib-ct_LABELMAP", 3057)]
    public void Segs_of_others_are_read_like_the_checker_reads_them(string sample, int? voxels)
    {
        var folder = SharedFolder.Need("data", "seg-samples", sample, "source");
        var seg = SharedFolder.Need("data", "seg-samples", sample, "seg.dcm");
        OrganLabel[] organs =
        [
            Organs.Make(1, "liver", "10200004", "Liver"),
            Organs.Make(2, "spleen", "78961009", "Spleen"),
            Organs.Make(3, "aorta", "15825003", "Aorta"),
            Organs.Make(4, "first-segment", "272673000", "Bone"),
        ];
        var source = Source(folder);

        var labels = Read.Seg(seg, source, organs).Map.Labels.ToArray();

        var expected = Oracle.DecodeSeg(seg, folder, _folder.Path);
        // the checker numbers segments, the liver and the only segment of the others is 1 there
        Assert.Equal(expected, labels.Select(l => (byte)(l == 4 ? 1 : l)));
        Assert.Equal(voxels ?? labels.Count(l => l != 0), labels.Count(l => l != 0));
        Assert.Contains(labels, l => l != 0);
    }

    [Theory]
    [InlineData("ct", "BINARY")]
    [InlineData("oblique", "FRACTIONAL")]
    [InlineData("unsorted", "LABELMAP")]
    [InlineData("enhanced", "BINARY")]
    [InlineData("derm", "BINARY")]
    public void Synthetic_series_of_an_independent_writer_are_read_and_written(string kind, string segmentationType)
    {
        Oracle.MakeFixture(kind, segmentationType, _folder.File("fixture"));
        var source = Source(_folder.File("fixture/source"));
        OrganLabel[] organs = kind == "derm"
            ? [.. Organs.Lesion]
            :
            [
                Organs.Make(1, "liver", "10200004", "Liver"),
                Organs.Make(2, "spleen", "78961009", "Spleen"),
                Organs.Make(3, "aorta", "15825003", "Aorta"),
            ];

        var labels = Read.Seg(_folder.File("fixture/seg.dcm"), source, organs).Map;

        Assert.Equal(File.ReadAllBytes(_folder.File("fixture/truth.raw")), labels.Labels.ToArray());
        Check(source, labels, organs, _folder.File("fixture/source"));
    }

    private static SourceSeries Source(string folder) =>
        SeriesReader.Read(SeriesReader.FilesIn(folder), CancellationToken.None) switch
        {
            SeriesContent.AsVolume volume => volume.Source,
            SeriesContent.AsPhotograph photograph => photograph.Source,
            SeriesContent.Refused refused => throw new Xunit.Sdk.XunitException(refused.Detail),
            _ => throw new Xunit.Sdk.XunitException("unknown content"),
        };

    private static LabelMap Threshold(Volume volume)
    {
        var sorted = volume.Slice(volume.Geometry.Slices / 2).ToArray();
        Array.Sort(sorted);
        var (low, high) = (sorted[sorted.Length * 7 / 10], sorted[sorted.Length * 9 / 10]);
        return new LabelMap(volume.Geometry,
            [.. volume.Voxels.ToArray().Select(v => (byte)(v > high ? 5 : v > low ? 7 : 0))]);
    }

    private JsonElement Check(SourceSeries source, LabelMap labels, IReadOnlyList<OrganLabel> organs, string folder,
        bool nominalGeometry = true)
    {
        var written = Assert.IsType<SegResult.Written>(
            SegWriter.Write(source, labels, organs, Organs.Model, nominalGeometry));
        var (file, truth) = (_folder.File("result.seg.dcm"), _folder.File("truth.raw"));
        written.Save(file);
        // the checker compares segment numbers
        var present = organs.Where(o => labels.Present().Contains(o.Value)).Select(o => o.Value).ToList();
        File.WriteAllBytes(truth, [.. labels.Labels.ToArray().Select(l => (byte)(present.IndexOf(l) + 1))]);
        Assert.IsType<GateVerdict.Passed>(OutgoingGate.Check(file, source, labels, organs));
        return Oracle.CheckSeg(file, folder, "--truth-raw", truth);
    }
}
