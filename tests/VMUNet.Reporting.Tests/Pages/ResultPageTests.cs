using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Data.Studies;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Reporting.Tests.Pages;

public sealed partial class ResultPageTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_quality_table_is_that_of_PostgreSQL_to_the_last_digit_and_stands_before_the_pictures()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        JobLease lease = await rows.LeaseAsync(Rows.Instance());
        long result = await rows.ResultAsync(lease);
        QaRow missed = new() { Label = 2, Organ = "right-kidney", Status = QaStatus.PredictionEmpty, Counts = (0, 0, 7), Dsc = 0, Iou = 0 };
        await rows.CorrectAsync(lease, [Rows.Scored(1, "liver", 0.87654321098765, 3.14159265358979), missed], "Dr. Grace");

        string text = await pages.GetAsync(Show.LinkTo(lease.Series.StudyInstanceUid, result));

        double[] stored = [.. (await postgres.ScalarAsync<double[]>($"""
            select array[dsc, iou, hd95_mm, assd_mm, volume_pred_ml, volume_ref_ml] from organ_qa
            where segmentation_id = {result} and label = 1
            """))!];
        string table = text[text.IndexOf("Quality against", StringComparison.Ordinal)..text.IndexOf("What was found", StringComparison.Ordinal)];
        Assert.Equal(stored, Data().Matches(table).Take(6).Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)));
        Assert.Equal(["0.877", "0.780", "3.14 mm", "0.79 mm", "1400.3 ml", "1380.8 ml"], Data().Matches(table).Take(6).Select(m => m.Groups[2].Value));
        Assert.Matches("right kidney</td>\\s*<td data-label=\"Status\"><span class=\"state bad\">prediction empty</span>", table);
        Assert.Equal(["0.000", "0.000"], Data().Matches(table).Skip(6).Select(m => m.Groups[2].Value));
        Assert.Contains("Correction by Dr. Grace received <time", table, StringComparison.Ordinal);
        Assert.InRange(text.IndexOf("class=\"pictures", StringComparison.Ordinal), text.IndexOf("Quality against", StringComparison.Ordinal), text.Length);
        Assert.Contains("read 0.25, segment 1.50", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_without_correction_and_without_findings_says_so()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        JobLease lease = await rows.LeaseAsync(Rows.Instance());
        long result = await rows.ResultAsync(lease, organs: []);

        string text = await pages.GetAsync(Show.LinkTo(lease.Series.StudyInstanceUid, result));

        Assert.Contains("No correction has arrived for this series.", text, StringComparison.Ordinal);
        Assert.Contains("No organ was found; no SEG was sent.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<table", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_gone_leave_the_numbers_and_a_sentence()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        JobLease lease = await rows.LeaseAsync(Rows.Instance());
        long result = await rows.ResultAsync(lease);

        string text = await pages.GetAsync(Show.LinkTo(lease.Series.StudyInstanceUid, result));

        Assert.Contains("are no longer there, so it cannot be drawn.", text, StringComparison.Ordinal);
        Assert.Contains("1234.6 ml", text, StringComparison.Ordinal);
        await pages.GetAsync(Show.LinkTo(lease.Series.StudyInstanceUid, result) + "/slices/0.png", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_slices_with_findings_are_drawn_from_the_stored_files_and_told_to_who_cannot_see_them()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        (JobLease lease, string seg) = await StoreVolumeAsync(rows);
        long result = await rows.ResultAsync(lease, [new OrganVolume(1, "liver", 4, 0.1), new OrganVolume(2, "right-kidney", 2, 0.05)], path: seg);
        string link = Show.LinkTo(lease.Series.StudyInstanceUid, result);

        string text = await pages.GetAsync(link);
        byte[] png = await pages.Client.GetByteArrayAsync(new Uri(link + "/slices/1.png", UriKind.Relative));

        Assert.Equal(["Slice 2 of 4 with contours of liver", "Slice 3 of 4 with contours of liver, right kidney"],
            Alt().Matches(text).Select(m => m.Groups[1].Value));
        Assert.Contains("fill=\"#5a7828\"", text, StringComparison.Ordinal);
        string file = Path.Combine(postgres.DataFolder, "slice.png");
        await File.WriteAllBytesAsync(file, png, TestContext.Current.CancellationToken);
        Picture drawn = PictureFile.Read(file);
        Assert.True(drawn.Rows > drawn.Columns && HasColour(drawn), "a square slice with its strip, and contours in colour");
        await pages.GetAsync(link + "/slices/0.png", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_delivery_that_was_given_up_is_sent_again_for_a_named_person_once()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        JobLease lease = await rows.LeaseAsync(Rows.Instance());
        long result = await rows.ResultAsync(lease, destinations: ["ARCHIVE"]);
        DeliveryOutbox outbox = pages.Get<DeliveryOutbox>();
        DueDelivery due = (await outbox.ClaimAsync("ARCHIVE", 10, TimeSpan.Zero, default)).Single(d => d.SegmentationId == result);
        await outbox.RecordAsync(due, new DeliveryResult.Dead(0xA900, "does not match <SOP class>"), TimeSpan.Zero, "deliver", default);
        string page = Show.LinkTo(lease.Series.StudyInstanceUid, result);
        string text = await pages.GetAsync(page);
        Assert.Contains(">dead</span> after 1 attempt does not match &lt;SOP class&gt;", text, StringComparison.Ordinal);
        Assert.Contains("Delivery to ARCHIVE", await pages.GetAsync("/attention"), StringComparison.Ordinal);
        string token = await pages.TokenAsync(page);
        (string, string)[] form = [("Decision.Person", "Ada"), ("__RequestVerificationToken", token)];

        var first = await pages.PostBareAsync($"{page}?handler=deliver&delivery={due.DeliveryId}", form);
        var second = await pages.PostBareAsync($"{page}?handler=deliver&delivery={due.DeliveryId}", form);

        Assert.Equal((HttpStatusCode.Found, HttpStatusCode.Conflict), (first.Status, second.Status));
        Assert.Equal("due", await postgres.ScalarAsync<string>($"select state from delivery where delivery_id = {due.DeliveryId}"));
        Assert.Equal("Ada", await postgres.ScalarAsync<string>("select actor from audit_event where kind = 'delivery_revived'"));
    }

    /// <summary>Four real MR slices and a real SEG in the data folder, with the rows of a leased series.</summary>
    private async Task<(JobLease Lease, string Seg)> StoreVolumeAsync(Rows rows)
    {
        var geometry = VolumeGeometry.Axial(4, 16, 16, new SpacingMm(3, 2, 2), default);
        var voxels = Enumerable.Range(0, (int)geometry.VoxelCount).Select(i => (float)(i % 97)).ToArray();
        IReadOnlyList<string> files = Dicomizer.FromVolume(new Volume(geometry, voxels), Path.Combine(postgres.DataFolder, "spool"),
            new DicomizeOptions { Kind = DicomizeKind.Mr, CreatedAt = DateTimeOffset.UnixEpoch });
        SourceSeries source = Assert.IsType<SeriesContent.AsVolume>(SeriesReader.Read(files, default)).Source;
        var labels = new byte[geometry.VoxelCount];
        (labels[256 + 40], labels[256 + 41], labels[512 + 40], labels[512 + 90]) = (1, 1, 1, 2);
        var written = Assert.IsType<SegResult.Written>(SegWriter.Write(source, new LabelMap(source.Geometry, labels), PagesHarness.Organs,
            new SegProvenance { AlgorithmName = "VM-UNet", AlgorithmVersion = "1", WeightsSha256 = Rows.Hash("w"), ModelName = "first", SoftwareVersion = "1", CreatedAt = DateTimeOffset.UnixEpoch }));
        string seg = Path.Combine("results", "volume.dcm");
        Directory.CreateDirectory(Path.Combine(postgres.DataFolder, "results"));
        written.Save(Path.Combine(postgres.DataFolder, seg));
        ReceivedInstance one = Rows.Instance();
        foreach (string file in files.SkipLast(1))
        {
            await rows.ReceiveAsync(Slice(file));
        }

        return (await rows.LeaseAsync(Slice(files[^1])), seg);

        ReceivedInstance Slice(string file) => one with
        {
            SopInstanceUid = Rows.NewUid(),
            FileSha256 = Rows.Hash(file),
            Path = Path.GetRelativePath(postgres.DataFolder, file),
        };
    }

    private static bool HasColour(Picture picture)
    {
        for (int i = 0; i < picture.Columns * picture.Columns * 3; i += 3)
        {
            if (picture.Rgb[i + 1] - picture.Rgb[i + 2] > 20)
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex("<data value=\"([^\"]+)\">([^<]+)</data>")]
    private static partial Regex Data();

    [GeneratedRegex("<img[^>]* alt=\"([^\"]+)\"")]
    private static partial Regex Alt();
}
