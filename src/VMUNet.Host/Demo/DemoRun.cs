using System.Globalization;
using System.Text.Json;
using VMUNet.Data.Queries;
using VMUNet.Dicom;
using VMUNet.Dimse;

namespace VMUNet.Host.Demo;

/// <summary>
/// The whole main job on real images: a product on free ports and an archive stand-in, samples in by C-STORE, SEGs at the
/// archive, human masks back as corrections, scores out of PostgreSQL.
/// </summary>
internal sealed class DemoRun(Terminal terminal, string outputFolder)
{
    /// <summary>Waiting times of a clinic would only be waited for: the demo's associations are short.</summary>
    private static readonly Dictionary<string, string?> s_haste = new()
    {
        ["Listener:QuietAfterRelease"] = "00:00:01",
        ["Listener:CompletionPoll"] = "00:00:00.25",
        ["Listener:DiskReserveBytes"] = "268435456",
        ["Jobs:Tick"] = "00:00:00.25",
        ["Logging:LogLevel:Default"] = "Warning",
    };

    private readonly long _start = TimeProvider.System.GetTimestamp();

    /// <summary>Where the pages are while it runs.</summary>
    public string? Pages { get; private set; }

    public string DataFolder => Path.Combine(outputFolder, "data");

    /// <summary>Runs every step, or throws at the first that did not happen.</summary>
    /// <param name="afterwards">Called with the summary while the product still runs.</param>
    /// <param name="ct">Cancels.</param>
    public async Task RunAsync(Func<DemoSummary, Task> afterwards, CancellationToken ct)
    {
        var samples = DemoCase.All(ProductFolder.Samples);
        Directory.CreateDirectory(outputFolder);
        await using var archive = StoreScpFolder.Start(Path.Combine(outputFolder, "archive"));
        terminal.Say($"archive stand-in listens on 127.0.0.1:{archive.Port}");
        await using var pacs = await PacsHost.StartAsync(Settings(archive.Port), ct);
        Pages = pacs.Web;
        terminal.Say($"{pacs.ReadyLine}, private PostgreSQL in {DataFolder}");

        var product = new Destination("VMUNET", "VMUNET", "127.0.0.1", pacs.Dicom!.Port);
        var queries = pacs.Services.GetRequiredService<PacsQueries>();
        var runs = samples.Select(s => new DemoStudyRun(s, outputFolder, queries, archive)).ToList();
        await EachAsync(runs, "sent by C-STORE", r => r.SendAsync(product, ct));
        await EachAsync(runs, "SEG arrived at the archive", r => r.WaitForSegAsync(ct));
        await EachAsync(runs, "human mask sent back as corrected SEG", r => r.SendCorrectionAsync(product, ct));
        await EachAsync(runs, "scored", r => r.WaitForScoresAsync(ct));
        var pictures = runs.SelectMany(r => r.Draw()).ToList();
        terminal.Say($"{pictures.Count} overlay pictures in {outputFolder}");
        await afterwards(Summarise(runs));
    }

    private PacsSettings Settings(int archivePort) => new()
    {
        DataFolder = DataFolder,
        DicomPort = 0,
        WebPort = 0,
        AllowedCallers = ["DEMO"],
        Destinations = [string.Create(CultureInfo.InvariantCulture, $"ARCHIVE=ARCHIVE@127.0.0.1:{archivePort}")],
        Overrides = s_haste,
    };

    private async Task EachAsync(List<DemoStudyRun> runs, string what, Func<DemoStudyRun, Task> step)
    {
        for (var n = 0; n < runs.Count; n++)
        {
            await step(runs[n]);
            terminal.Say(string.Create(
                CultureInfo.InvariantCulture, $"{Elapsed(),6:0.0} s  {runs[n].Sample.Name} ({n + 1} of {runs.Count}): {what}"));
        }
    }

    private DemoSummary Summarise(List<DemoStudyRun> runs)
    {
        var summary = new DemoSummary(
            true, Math.Round(Elapsed(), 1),
            [.. runs.Select(r => DemoStudy.Of(r.Sample.Kind, r.Source.StudyInstanceUid, r.SegPath, r.Result!))]);
        Write(summary);
        return summary;
    }

    /// <summary>Writes demo-summary.json.</summary>
    public void Write(DemoSummary summary) => File.WriteAllText(
        Path.Combine(outputFolder, "demo-summary.json"), JsonSerializer.Serialize(summary, Terminal.JsonOptions) + "\n");

    /// <summary>Seconds since the start.</summary>
    public double Elapsed() => TimeProvider.System.GetElapsedTime(_start).TotalSeconds;
}
