using System.Diagnostics;
using System.Text.Json;
using Hangfire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Processing;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Jobs.Models;
using VMUNet.Model;

namespace VMUNet.Jobs;

/// <summary>
/// One series revision -> volume or photograph -> labels -> checked SEG -> rows. Idempotent: the job key (series, pixel
/// digest, route, weights) finds an earlier result before anything is computed.
/// </summary>
public sealed class SegmentSeriesJob(
    LeasedJob leased, JobLedger ledger, ResultLedger results, ModelRegistry registry, ModelCache models, ResultFiles files,
    IOptions<JobsOptions> options, IOptions<PacsDataOptions> data, TimeProvider time, ILogger<SegmentSeriesJob> logger)
{
    private const string Actor = "segment";

    /// <summary>The Hangfire entry. Failures are retried by rows, never by Hangfire.</summary>
    [AutomaticRetry(Attempts = 0)]
    public Task RunAsync(long seriesJobId, CancellationToken ct) => leased.RunAsync(seriesJobId, Actor, SegmentAsync, ct);

    private async Task SegmentAsync(JobLease lease, CancellationToken ct)
    {
        var clock = new StageClock(lease);
        if (await registry.ServingAsync(lease.Model!, ct) is not { } model)
        {
            await RefuseAsync(lease, "no_model", $"no model serves '{lease.Model}', which route {lease.Route} asks for");
            return;
        }
        string[] paths = [.. lease.Files.Select(f => Path.Combine(data.Value.DataFolder, f.Path))];
        using MemoryBudget budget = BudgetOf(lease, model);
        SeriesContent content = await clock.MeasureAsync("read", Task.Run(
            () => SeriesReader.Read(paths, budget, ct), ct));
        if (content is SeriesContent.Refused refused)
        {
            await RefuseAsync(lease, JsonNamingPolicy.SnakeCaseLower.ConvertName(refused.Reason.ToString()), refused.Detail);
            return;
        }
        var (source, notes) = SourceOf(content);
        if (await results.FindAsync(lease.Series.SeriesId, source.PixelDigest, lease.Route!, model.WeightsSha256, ct)
            is { } earlier)
        {
            await results.ReuseAsync(lease, earlier, Actor, ct);
            return;
        }
        var (outcome, manifest) = await clock.MeasureAsync("segment", models.RunAsync(model,
            (loaded, token) => (Segment(loaded, content, token), loaded.Manifest), ct));
        await StoreAsync(lease, model, await FinishAsync(lease, manifest, content, source, outcome, notes, ct), clock, ct);
    }

    private MemoryBudget BudgetOf(JobLease lease, RegisteredModel model)
    {
        var usual = new MemoryBudget();
        return new MemoryBudget
        {
            LimitBytes = options.Value.MemoryLimitMb is { } limit ? limit * 1024L * 1024 : usual.LimitBytes,
            Organs = TaskDefinition.All.FirstOrDefault(t => t.Name == model.Task)?.Labels.Count ?? usual.Organs,
            Announce = bound => Log.MemoryBound(logger, lease.SeriesJobId, bound),
        };
    }

    /// <summary>Measures, and looks up what the patient had before.</summary>
    private async Task<FinishedResult> FinishAsync(JobLease lease, ModelManifest manifest, SeriesContent content,
        SourceSeries source, SegmentationOutcome outcome, IReadOnlyList<string> notes, CancellationToken ct)
    {
        Dictionary<string, EarlierVolume> earlier =
            (await results.PriorAsync(lease.Series.StudyInstanceUid, manifest.Task, ct))
            .ToDictionary(v => v.Organ, v => new EarlierVolume(v.VolumeMl, v.StudyDate));
        return new FinishedResult
        {
            Content = content,
            Source = source,
            Outcome = outcome,
            Manifest = manifest,
            Measurements = OrganMeasurements.Of(
                source, outcome.Labels, (content as SeriesContent.AsVolume)?.Volume, manifest.Labels, earlier),
            Notes = [.. notes, .. outcome.Notes],
            Destinations = DestinationsOf(lease),
            CreatedAt = time.GetUtcNow(),
        };
    }

    private async Task StoreAsync(
        JobLease lease, RegisteredModel model, FinishedResult result, StageClock clock, CancellationToken ct)
    {
        WrittenResult file = await clock.MeasureAsync("write", Task.Run(() => files.Write(lease, result), ct));
        try
        {
            await results.StoreAsync(lease, new NewSegmentation
            {
                ModelVersionId = model.ModelVersionId,
                WeightsSha256 = model.WeightsSha256,
                PixelDigest = result.Source.PixelDigest,
                File = file.Seg,
                Companions = file.Companions,
                StageSeconds = clock.Seconds,
                Notes = result.Notes,
                Organs = [.. result.Measurements.Where(m => m.IsFound)
                    .Select(m => new OrganVolume(m.Organ.Value, m.Organ.Name, m.Voxels, m.VolumeMl))],
                SoftwareVersion = Product.Version,
                Precision = result.Outcome.Precision.ToName(),
                Deliveries = file.Deliveries,
            }, Actor, ct);
            Log.Segmented(logger, lease.SeriesJobId, lease.Series.SeriesInstanceUid, model.Name, clock.Seconds["segment"]);
        }
        catch (LeaseLostException)
        {
            // Without its row the file is nobody's. (A crash just here leaves it too; its name tells job and fence.)
            files.Delete(file);
            throw;
        }
    }

    private static SegmentationOutcome Segment(LoadedModel model, SeriesContent content, CancellationToken ct)
    {
        var segmenter = new Segmenter();
        return (content, model.Manifest.Kind) switch
        {
            (SeriesContent.AsVolume volume, TaskKind.Volume) => segmenter.Segment(model, volume.Volume, ct),
            (SeriesContent.AsPhotograph photo, TaskKind.Picture) => segmenter.Segment(model, photo.Picture, ct),
            _ => throw new BadInputException($"Model {model.Name} is for a {model.Manifest.Kind.ToString().ToLowerInvariant()}, "
                + $"the series holds a {(content is SeriesContent.AsVolume ? "volume" : "picture")}; correct the route"),
        };
    }

    private static (SourceSeries Source, IReadOnlyList<string> Notes) SourceOf(SeriesContent content) => content switch
    {
        SeriesContent.AsVolume volume => (volume.Source, volume.Notes),
        SeriesContent.AsPhotograph photo => (photo.Source, []),
        _ => throw new InvalidOperationException($"Unknown content {content}"),
    };

    private List<Destination> DestinationsOf(JobLease lease)
    {
        IReadOnlyList<Destination> configured = options.Value.ParsedDestinations();
        IEnumerable<string> names = lease.Destinations.Contains("*")
            ? configured.Select(d => d.Name).Union(lease.Destinations.Where(d => d != "*"))
            : lease.Destinations.Distinct();
        // A name that is not configured stays: its delivery row fails visibly instead of vanishing.
        return [.. names.Select(name => configured.FirstOrDefault(d => d.Name == name)
            ?? new Destination(name, "UNKNOWN", "unknown", 1))];
    }

    private async Task RefuseAsync(JobLease lease, string reason, string detail)
    {
        Log.Refused(logger, lease.SeriesJobId, lease.Series.SeriesInstanceUid, reason, detail);
        await ledger.RefuseAsync(lease, reason, detail, Actor, CancellationToken.None);
    }

    /// <summary>Seconds by stage, as they are stored with the result.</summary>
    private sealed class StageClock(JobLease lease)
    {
        private readonly Dictionary<string, double> _seconds = new()
        {
            ["receive"] = Math.Round(lease.WaitedSeconds.Receive, 3),
            ["queue"] = Math.Round(lease.WaitedSeconds.Queue, 3),
        };

        public Dictionary<string, double> Seconds => _seconds;

        public async Task<T> MeasureAsync<T>(string stage, Task<T> work)
        {
            long start = Stopwatch.GetTimestamp();
            T result = await work;
            _seconds[stage] = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3);
            return result;
        }
    }
}
