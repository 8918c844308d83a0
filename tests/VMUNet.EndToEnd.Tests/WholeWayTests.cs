using System.Globalization;
using Npgsql;
using VMUNet.Data.Server;
using VMUNet.Data.Studies;
using VMUNet.Dicom;
using VMUNet.Dimse;
using VMUNet.Imaging;
using VMUNet.Model;
using VMUNet.Testing;
using LabelFile = VMUNet.Dicom.LabelFile;

namespace VMUNet.EndToEnd.Tests;

/// <summary>The real host as a child process, a private PostgreSQL, real sockets, a real photograph.</summary>
public sealed class WholeWayTests : IAsyncDisposable
{
    private const string Sample = "ISIC_0000201";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private static readonly IReadOnlyList<OrganLabel> s_organs = TaskDefinition.Get("lesion-dermoscopy").Labels;

    private readonly TemporaryFolder _folder = new();
    private readonly StoreScpFolder _archive;
    private string _patientId = "E2E";

    public WholeWayTests() => _archive = StoreScpFolder.Start(_folder.File("archive"));

    private string DataFolder => _folder.File("data");

    [Fact]
    [Trait("speed", "slow")]
    public async Task A_photograph_becomes_a_seg_at_the_archive_and_its_correction_becomes_a_score()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await StartHostAsync();
        var ready = await host.LineAsync("ready ", s_patience, ct);
        var product = new Destination("VMUNET", "VMUNET", "127.0.0.1", PortOf(ready));
        var source = await SendSampleAsync(product, ct);

        var seg = await WaitAsync("the SEG at the archive", () => Task.FromResult(_archive.Received is [var first, ..] ? first : null), ct);
        var found = Assert.IsType<SegContent.Labels>(SegReader.Read(seg.Path, source, s_organs));
        Assert.Equal(SopClasses.Segmentation, seg.SopClassUid);
        Assert.InRange(Dice(found.Map, Truth(source)), 0.8, 1.0);

        await SendCorrectionAsync(product, source, ct);
        var row = await WaitAsync("the quality row", () => QualityRowAsync(ct), ct);
        Assert.Equal("scored", row.Status);
        Assert.Equal(Dice(found.Map, Truth(source)), row.Dsc, 1e-9);
        Assert.Contains("Not for diagnostic use", await PageAsync(ready, $"/studies/{source.StudyInstanceUid}", ct), StringComparison.Ordinal);

        Assert.Equal(0, await host.TerminateAsync(TimeSpan.FromSeconds(60), ct));
        Assert.Empty(Directory.GetFiles(DataFolder, "postmaster.pid", SearchOption.AllDirectories));
    }

    [Fact]
    [Trait("speed", "slow")]
    public async Task An_accepted_correction_trains_a_challenger_in_a_child_process_that_is_judged_beside_the_champion()
    {
        var ct = TestContext.Current.CancellationToken;
        _patientId = TrainingPatient();
        await using var host = await StartHostAsync();
        var ready = await host.LineAsync("ready ", s_patience, ct);
        var product = new Destination("VMUNET", "VMUNET", "127.0.0.1", PortOf(ready));
        var source = await SendSampleAsync(product, ct);
        await WaitAsync("the SEG at the archive", () => Task.FromResult(_archive.Received is [var first, ..] ? first : null), ct);
        await SendCorrectionAsync(product, source, ct);
        await WaitAsync("the quality row", () => QualityRowAsync(ct), ct);

        await CommandAsync(ct, "curate", "accept", "all", "--by", "E2E");
        await CommandAsync(ct, "retrain", "--now", "--task", "lesion-dermoscopy",
            "--data", $"lesion-dermoscopy={BaseDataSet()}", "--images", "16");

        // One locked picture, looked at by both models; a challenger that no person approved serves nothing.
        Assert.Equal("succeeded", await ScalarAsync("select state from training_run", ct));
        Assert.Equal("2", await ScalarAsync("select count(distinct model_version_id)::text from evaluation", ct));
        Assert.Equal("2", await ScalarAsync("select count(*)::text from evaluation where dsc > 0.5", ct));
        Assert.Equal("shipped", await ScalarAsync(
            "select origin from model_version where task = 'lesion-dermoscopy' and state = 'champion'", ct));
        Assert.Equal("1", await ScalarAsync("select count(*)::text from model_version where origin = 'trained'", ct));
    }

    [Fact]
    public async Task A_caller_that_is_not_allowed_stores_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await StartHostAsync("--roles", "listener");
        var ready = await host.LineAsync("ready ", s_patience, ct);
        var product = new Destination("VMUNET", "VMUNET", "127.0.0.1", PortOf(ready));

        var outcomes = await StoreScu.SendAsync(product, "STRANGER", Dicomize(), ct);

        Assert.All(outcomes, o => Assert.False(o.IsStored));
        Assert.Empty(Directory.GetFiles(Path.Combine(DataFolder, "spool"), "*.dcm", SearchOption.AllDirectories));
    }

    public async ValueTask DisposeAsync()
    {
        await _archive.DisposeAsync();
        _folder.Dispose();
    }

    private Task<VmunetProcess> StartHostAsync(params string[] more) => Task.FromResult(VmunetProcess.Start(
        new Dictionary<string, string>
        {
            ["Listener__QuietAfterRelease"] = "00:00:01",
            ["Listener__CompletionPoll"] = "00:00:00.2",
            ["Listener__DiskReserveBytes"] = "1048576",
            ["Jobs__Tick"] = "00:00:00.2",
        },
        [
            "up", "--data-dir", DataFolder, "--dicom-port", "0", "--web-port", "0", "--allow", "E2E",
            "--destination", string.Create(CultureInfo.InvariantCulture, $"ARCHIVE=ARCHIVE@127.0.0.1:{_archive.Port}"), .. more,
        ]));

    /// <summary>An id whose bucket lies in the training split under this data folder's key.</summary>
    private string TrainingPatient()
    {
        const int FirstTrainingBucket = 60; // dev and locked take the lower ones, well under sixty in all
        Directory.CreateDirectory(DataFolder);
        var keys = new PatientKeys(DataFolder);
        return Enumerable.Range(0, 1000).Select(n => string.Create(CultureInfo.InvariantCulture, $"E2E-{n}"))
            .First(id => keys.BucketOf(keys.KeyOf("", id, "")) >= FirstTrainingBucket);
    }

    /// <summary>The samples as a base data set: three pictures to rehearse, one to choose by, one locked.</summary>
    private string BaseDataSet()
    {
        var folder = _folder.File("base");
        foreach (var part in (string[])["images", "masks"])
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
            foreach (var file in Directory.GetFiles(Path.Combine(RepoPaths.Root, "samples/dermoscopy", part)))
            {
                File.Copy(file, Path.Combine(folder, part, Path.GetFileName(file)));
            }
        }

        File.WriteAllText(Path.Combine(folder, "splits.json"), """
            {"train": ["ISIC_0000000", "ISIC_0000050", "ISIC_0000154"], "dev": ["ISIC_0000201"], "locked": ["ISIC_0000250"]}
            """);
        return folder;
    }

    private async Task CommandAsync(CancellationToken ct, params string[] arguments)
    {
        using var process = VmunetProcess.StartProcess(VmunetProcess.Program, [.. arguments, "--data-dir", DataFolder]);
        var said = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        Assert.True(process.ExitCode == 0, $"{arguments[0]}: {said} {await process.StandardError.ReadToEndAsync(ct)}");
    }

    private async Task<string?> ScalarAsync(string sql, CancellationToken ct)
    {
        await using var database = await PrivatePostgres.StartAsync(DataFolder, ct);
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(ct);
        await using var query = new NpgsqlCommand(sql, connection);
        return await query.ExecuteScalarAsync(ct) as string;
    }

    private string[] Dicomize() =>
    [
        Dicomizer.FromPicture(
            PictureFile.Read(Path.Combine(RepoPaths.Root, $"samples/dermoscopy/images/{Sample}.jpg")),
            _folder.File("sent"),
            new DicomizeOptions { Kind = DicomizeKind.Dermoscopy, CreatedAt = DateTimeOffset.UnixEpoch, PatientId = _patientId }),
    ];

    private async Task<SourceSeries> SendSampleAsync(Destination product, CancellationToken ct)
    {
        var files = Dicomize();
        var content = Assert.IsType<SeriesContent.AsPhotograph>(SeriesReader.Read(files, ct));
        Assert.All(await StoreScu.SendAsync(product, "E2E", files, ct), o => Assert.True(o.IsStored, o.ToString()));
        return content.Source;
    }

    private async Task SendCorrectionAsync(Destination product, SourceSeries source, CancellationToken ct)
    {
        var provenance = new SegProvenance
        {
            AlgorithmName = "Reviewer",
            AlgorithmVersion = "1",
            WeightsSha256 = "",
            ModelName = "lesion-dermoscopy",
            SoftwareVersion = "1",
            CreatedAt = DateTimeOffset.UnixEpoch,
            IsReviewerCorrection = true,
            ReviewerName = "Reviewer",
        };
        var written = Assert.IsType<SegResult.Written>(SegWriter.Write(source, Truth(source), s_organs, provenance));
        var path = _folder.File("correction.dcm");
        written.Save(path);
        Assert.All(await StoreScu.SendAsync(product, "E2E", [path], ct), o => Assert.True(o.IsStored, o.ToString()));
    }

    private async Task<QualityRow?> QualityRowAsync(CancellationToken ct)
    {
        // Joins the running cluster as a guest, as a command of the product does.
        await using var database = await PrivatePostgres.StartAsync(DataFolder, ct);
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(ct);
        await using var query = new NpgsqlCommand("select status, dsc from organ_qa", connection);
        await using var reader = await query.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new QualityRow(reader.GetString(0), reader.GetDouble(1)) : null;
    }

    private static async Task<string> PageAsync(string ready, string path, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new Uri(ready[(ready.IndexOf("web=", StringComparison.Ordinal) + 4)..]) };
        return await http.GetStringAsync(new Uri(path, UriKind.Relative), ct);
    }

    private static async Task<T> WaitAsync<T>(string what, Func<Task<T?>> look, CancellationToken ct)
        where T : class
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < s_patience)
        {
            if (await look() is { } value)
            {
                return value;
            }

            await Task.Delay(200, ct);
        }

        throw new TimeoutException($"{what} did not come within {s_patience}");
    }

    private static LabelMap Truth(SourceSeries source) => LabelFile.Read(
        Path.Combine(RepoPaths.Root, $"samples/dermoscopy/masks/{Sample}.png"), source, s_organs);

    private static double Dice(LabelMap a, LabelMap b)
    {
        var both = 0;
        for (var i = 0; i < a.Labels.Length; i++)
        {
            both += a.Labels[i] != 0 && b.Labels[i] != 0 ? 1 : 0;
        }

        return 2.0 * both / (a.Labels.Length - a.Labels.Count((byte)0) + b.Labels.Length - b.Labels.Count((byte)0));
    }

    private static int PortOf(string ready) => int.Parse(
        ready.Split(' ')[1].Split(':')[^1], CultureInfo.InvariantCulture);

    private sealed record QualityRow(string Status, double Dsc);
}
