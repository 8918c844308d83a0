using VMUNet.Imaging;
using VMUNet.Model.Tests.Training;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Data;

public sealed class DataCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_sound_set_has_no_findings_and_gets_a_contact_sheet()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 5, side: 40);

        var report = Check(folder);

        Assert.Empty(report.Findings);
        Assert.Equal(5, report.Cases);
        Assert.Equal(3, report.Splits["train"]);
        Assert.Equal((5, "lesion"), (report.Labels["1"].Cases, report.Labels["1"].Name));
        Assert.Equal(DataSet.Open(folder).ManifestSha256("train", "dev", "locked"), report.ManifestSha256);
        var sheet = PictureFile.Read(_folder.File("sheet.png"));
        Assert.Equal(5 * 192, sheet.Columns);
        Assert.True(sheet.Rows > 192);
        Assert.True(sheet.Rgb[3 * (2 * sheet.Columns + 190)] < 64, "Behind a caption the bright skin is dimmed.");
    }

    [Fact]
    public void Finds_all_that_is_wrong_with_pictures_at_once()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 9, side: 40); // p007 is dev, p008 locked, the rest train
        string Image(string name) => Path.Combine(folder, "images", name + ".png");
        string Mask(string name) => Path.Combine(folder, "masks", name + ".png");
        var (small, _) = SyntheticData.Disc(50, 32);
        PictureFile.WritePng(Image("p000"), small);
        PictureFile.WriteMaskPng(Mask("p001"), new LabelMap(VolumeGeometry.ForPicture(40, 40), new byte[1600]));
        File.Copy(Image("p002"), Image("p008"), overwrite: true);
        File.Copy(Image("p003"), Image("p004"), overwrite: true);
        var edge = new byte[3 * 1600];
        edge.AsSpan(0, 300).Fill(255);
        edge.AsSpan(300, 30).Fill(128);
        PictureFile.WritePng(Mask("p005"), new Picture(40, 40, edge));
        File.WriteAllBytes(Image("p006"), [1, 2, 3]);
        File.WriteAllText(Path.Combine(folder, "patients.csv"), "name,patient\np003,anna\np007,anna\n");

        var found = Check(folder).Findings;

        Assert.Equal(
            [
                "duplicate_pixels:p002,p008", "label_out_of_range:p005", "mismatched_size:p000", "patient_in_two_splits:p003,p007",
                "unreadable:p006",
            ],
            Listed(found, FindingSeverity.Error));
        Assert.Equal(["duplicate_pixels:p003,p004", "empty_label:p001"], Listed(found, FindingSeverity.Warning));
        Assert.Contains("train and locked", found.Single(f => f.Kind == "duplicate_pixels" && f.Cases.Contains("p008")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Finds_what_is_wrong_with_volumes()
    {
        var folder = SyntheticData.Volumes(_folder.File("v"), 5);
        string Image(int i) => Path.Combine(folder, "images", $"v{i}.nii.gz");
        string Label(int i) => Path.Combine(folder, "labels", $"v{i}.nii.gz");
        var (volume, labels) = SyntheticData.Boxes(1, 32, 4);
        NiftiFile.Write(Label(1), new Volume(labels.Geometry, [.. labels.Labels.ToArray().Select(v => v * 0.5f)]));
        NiftiFile.Write(Label(2), new LabelMap(labels.Geometry with { Origin = new Vector3D(3, 0, 0) }, labels.Labels.ToArray()));
        NiftiFile.Write(Label(3), new LabelMap(labels.Geometry, [.. labels.Labels.ToArray().Select(v => v == 4 ? (byte)7 : v)]));
        File.Delete(Label(4));
        NiftiFile.Write(Image(2), volume);

        var found = Check(folder, "abdomen-mr-4").Findings;

        Assert.Equal(
            ["label_out_of_range:v1", "label_out_of_range:v3", "mismatched_size:v2", "missing_label:v4"],
            Listed(found, FindingSeverity.Error));
        Assert.Equal(["duplicate_pixels:v1,v2"], Listed(found, FindingSeverity.Warning));
        Assert.DoesNotContain(Check(folder).Findings, f => f.Kind == "label_out_of_range" && f.Cases.Contains("v3"));
    }

    [Fact]
    public void A_picture_saved_anew_is_found_though_every_byte_differs()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 4, side: 40);
        var picture = PictureFile.Read(Path.Combine(folder, "images", "p000.png"));
        var brighter = picture.Rgb.ToArray().Select(v => (byte)Math.Min(255, v + 3)).ToArray();
        PictureFile.WritePng(Path.Combine(folder, "images", "p003.png"), new Picture(40, 40, brighter));

        var found = Check(folder).Findings;

        Assert.Equal(["near_duplicate:p000,p003"], Listed(found, FindingSeverity.Warning));
    }

    [Fact]
    public void A_smoothed_mask_is_one_finding_that_says_what_to_do_and_no_label_a_grey_value()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 4, side: 40);
        var mask = new byte[3 * 1600];
        for (var i = 0; i < mask.Length; i++)
        {
            mask[i] = (byte)Math.Min(255, i / 3 / 4);
        }

        PictureFile.WritePng(Path.Combine(folder, "masks", "p000.png"), new Picture(40, 40, mask));

        var report = Check(folder);

        var finding = Assert.Single(report.Findings);
        Assert.Equal("label_out_of_range", finding.Kind);
        Assert.Contains("254 values between 0 and 255", finding.Message, StringComparison.Ordinal);
        Assert.Contains("save it as PNG with 0 and 255", finding.Message, StringComparison.Ordinal);
        Assert.Equal(["1"], report.Labels.Keys);
        Assert.Equal(3, report.Labels["1"].Cases);
    }

    [Fact]
    public void Names_in_a_list_of_patients_that_no_image_has_are_told()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 4, side: 40);
        File.WriteAllText(Path.Combine(folder, "patients.csv"), "name,patient\np000.png,anna\np001,berta\n");

        var finding = Assert.Single(Check(folder).Findings);

        Assert.Equal((FindingSeverity.Warning, "unknown_name"), (finding.Severity, finding.Kind));
        Assert.Contains("patients.csv lists 1 names that no image has: p000.png", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hidden_files_among_the_labels_are_no_labels_without_image()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 4, side: 40);
        File.WriteAllText(Path.Combine(folder, "masks", ".DS_Store"), "x");

        Assert.Empty(Check(folder).Findings);
    }

    [Fact]
    public void A_series_that_is_refused_is_one_finding_among_others()
    {
        foreach (var name in new[] { "a", "b" })
        {
            Directory.CreateDirectory(_folder.File($"d/{name}/dicom"));
            File.WriteAllText(_folder.File($"d/{name}/dicom/1"), "x");
            File.WriteAllText(_folder.File($"d/{name}/{(name == "a" ? "seg.dcm" : "SEG.DCM")}"), "x");
        }

        File.WriteAllText(_folder.File("d/b/seg2.dcm"), "x");

        var found = DataCheck.Run(_folder.File("d"), null, new RefusesA(), null, null, CancellationToken.None).Findings;

        Assert.Equal(["unreadable:a"], Listed(found, FindingSeverity.Error));
        Assert.Equal(["unused_file:b"], Listed(found, FindingSeverity.Warning));
    }

    [Fact]
    public void Hidden_files_in_a_case_are_neither_told_nor_part_of_the_manifest()
    {
        Directory.CreateDirectory(_folder.File("d/b/dicom"));
        File.WriteAllText(_folder.File("d/b/dicom/1"), "x");
        File.WriteAllText(_folder.File("d/b/seg.dcm"), "x");
        var before = DataCheck.Run(_folder.File("d"), null, new RefusesA(), null, null, CancellationToken.None);

        File.WriteAllText(_folder.File("d/b/.DS_Store"), "x");
        File.WriteAllText(_folder.File("d/b/dicom/.DS_Store"), "x");
        var after = DataCheck.Run(_folder.File("d"), null, new RefusesA(), null, null, CancellationToken.None);

        Assert.Empty(after.Findings);
        Assert.Equal(before.ManifestSha256, after.ManifestSha256);
    }

    [Fact]
    public void A_volume_that_does_not_say_where_left_is_is_told()
    {
        foreach (var (part, name) in new[] { ("images", "v0.nii"), ("labels", "v0.nii") })
        {
            Directory.CreateDirectory(_folder.File($"v/{part}"));
            var (volume, labels) = SyntheticData.Boxes(0, 32, 4);
            var path = _folder.File($"v/{part}/{name}");
            if (part == "images")
            {
                NiftiFile.Write(path, volume);
            }
            else
            {
                NiftiFile.Write(path, labels);
            }

            var bytes = File.ReadAllBytes(path);
            bytes.AsSpan(252, 4).Clear(); // qform_code and sform_code
            File.WriteAllBytes(path, bytes);
        }

        var finding = Assert.Single(Check(_folder.File("v"), "abdomen-mr-4").Findings);

        Assert.Equal((FindingSeverity.Warning, "no_orientation"), (finding.Severity, finding.Kind));
    }

    [Fact]
    public void A_folder_without_images_is_no_data_set()
    {
        Assert.Throws<BadInputException>(() => Check(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Listed(IReadOnlyList<DataFinding> findings, FindingSeverity severity) =>
        [.. findings.Where(f => f.Severity == severity).Select(f => $"{f.Kind}:{string.Join(",", f.Cases)}").Order(StringComparer.Ordinal)];

    private DataCheckReport Check(string folder, string? task = null) =>
        DataCheck.Run(folder, task, null, _folder.File("sheet.png"), null, CancellationToken.None);

    private sealed class RefusesA : DicomCaseReader
    {
        public override (TaskKind Kind, string Modality) KindOf(string seriesFolder) =>
            seriesFolder.Contains("/a/", StringComparison.Ordinal) ? throw new BadInputException("two series") : (TaskKind.Volume, "MR");

        public override LabelledImage Read(string seriesFolder, string segFile, IReadOnlyList<OrganLabel> organs)
        {
            var (kind, _) = KindOf(seriesFolder);
            Assert.Equal(TaskKind.Volume, kind);
            var (volume, labels) = SyntheticData.Boxes(1, 32, 4);
            return new LabelledImage(volume, null, labels);
        }
    }
}
