using System.Text.Json.Nodes;
using VMUNet.Imaging.Metrics;
using VMUNet.Testing;

namespace VMUNet.Imaging.Tests.Metrics;

public sealed class MetricsReportTests : IDisposable
{
    private static readonly VolumeGeometry Grid = VolumeGeometry.Axial(2, 2, 3, new SpacingMm(5, 1, 1));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_document_has_the_promised_keys_and_values()
    {
        NiftiFile.Write(_folder.File("a.nii.gz"), new LabelMap(Grid, [1, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]));
        NiftiFile.Write(_folder.File("b.nii.gz"), new LabelMap(Grid, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]));

        var report = MetricsReport.Compare(_folder.File("a.nii.gz"), _folder.File("b.nii.gz"));

        Assert.Equal("vmunet-qa/1", (string?)report["convention"]);
        var liver = report["labels"]!["1"]!.AsObject();
        foreach (var key in new[] { "status", "dsc", "iou", "hd95_mm", "hd95_pooled_mm", "hd_mm", "assd_mm", "masd_mm", "nsd", "volume_pred_ml", "volume_ref_ml" })
        {
            Assert.True(liver.ContainsKey(key), key);
        }

        Assert.Equal("scored", (string?)liver["status"]);
        Assert.Equal(2.0 / 3, (double)liver["dsc"]!, 12);
        Assert.Equal(1, (double)liver["hd_mm"]!);
        Assert.Equal(1, (double)liver["nsd"]!["2"]!);
        Assert.Equal(0.01, (double)liver["volume_pred_ml"]!, 12);
        Assert.Equal("reference_empty", (string?)report["labels"]!["2"]!["status"]);
        Assert.Equal("prediction_empty", (string?)report["labels"]!["3"]!["status"]);
        Assert.Null(report["labels"]!["3"]!["hd95_mm"]);
        Assert.NotNull(JsonNode.Parse(report.ToJsonString()));
    }

    [Fact]
    public void The_paper_convention_has_its_own_keys()
    {
        NiftiFile.Write(_folder.File("a.nii"), new LabelMap(Grid, [1, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]));
        NiftiFile.Write(_folder.File("b.nii"), new LabelMap(Grid, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]));

        var labels = MetricsReport.Compare(_folder.File("a.nii"), _folder.File("b.nii"), "paper")["labels"]!;

        Assert.Equal(0.5, (double)labels["1"]!["dice"]!);
        Assert.Equal(1, (double)labels["1"]!["hd95_vox"]!, 12); // the slices are 5 mm apart, and 1 voxel
        Assert.Equal(1, (double)labels["2"]!["dice"]!);
        Assert.Equal(0, (double)labels["2"]!["hd95_vox"]!);
    }

    [Fact]
    public void Masks_and_raw_files_are_read_too()
    {
        var mask = new LabelMap(VolumeGeometry.ForPicture(1, 3), [0, 1, 1]);
        PictureFile.WriteMaskPng(_folder.File("m.png"), mask);
        LabelFile.WriteRaw(_folder.File("m.raw"), mask);

        Assert.Equal(1, (double)MetricsReport.Compare(_folder.File("m.png"), _folder.File("m.png"))["labels"]!["1"]!["dsc"]!);
        Assert.Equal(1, (double)MetricsReport.Compare(_folder.File("m.raw"), _folder.File("m.png"))["labels"]!["1"]!["dsc"]!);
        Assert.Equal("px", (string?)MetricsReport.Compare(_folder.File("m.png"), _folder.File("m.raw"))["labels"]!["1"]!["unit"]);
    }

    [Fact]
    public void Refuses_unknown_conventions_endings_and_sizes()
    {
        NiftiFile.Write(_folder.File("a.nii"), new LabelMap(Grid, new byte[12]));
        NiftiFile.Write(_folder.File("small.nii"), new LabelMap(Grid with { Slices = 1 }, new byte[6]));
        File.WriteAllBytes(_folder.File("a.raw"), new byte[11]);

        Assert.Throws<BadInputException>(() => MetricsReport.Compare(_folder.File("a.nii"), _folder.File("a.nii"), "other"));
        Assert.Throws<BadInputException>(() => MetricsReport.Compare(_folder.File("a.raw"), _folder.File("a.nii")));
        Assert.Throws<BadInputException>(() => MetricsReport.Compare(_folder.File("a.raw"), _folder.File("a.raw")));
        Assert.Throws<BadInputException>(() => MetricsReport.Compare(_folder.File("a.txt"), _folder.File("a.nii")));
        Assert.Throws<BadInputException>(() => MetricsReport.Compare(_folder.File("a.nii"), _folder.File("small.nii"), "paper"));
    }
}
