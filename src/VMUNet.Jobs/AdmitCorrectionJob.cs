using System.Text.Json;
using Hangfire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;
using VMUNet.Jobs.Corrections;
using VMUNet.Model;

namespace VMUNet.Jobs;

/// <summary>
/// A SEG that came in: matched to its series and our result, scored per organ, offered to the curated pool. Idempotent:
/// SEGs that have their correction row are skipped, so a second run goes on where the first one ended.
/// </summary>
public sealed class AdmitCorrectionJob(LeasedJob leased, JobLedger ledger, CorrectionDesk desk,
    IOptions<PacsDataOptions> data, ILogger<AdmitCorrectionJob> logger)
{
    private const string Actor = "correction";

    /// <summary>The Hangfire entry. Failures are retried by rows, never by Hangfire.</summary>
    [AutomaticRetry(Attempts = 0)]
    public Task RunAsync(long seriesJobId, CancellationToken ct) => leased.RunAsync(seriesJobId, Actor, AdmitAsync, ct);

    private async Task AdmitAsync(JobLease lease, CancellationToken ct)
    {
        IReadOnlyList<long> earlier = await desk.AdmittedAsync(lease, ct);
        int admitted = earlier.Count, own = 0;
        var refusals = new List<(string Reason, string Detail)>();
        foreach (StoredFile file in lease.Files.Where(f => !earlier.Contains(f.InstanceId)))
        {
            switch (await JudgeAsync(file, ct))
            {
                case Judgement.Own:
                    own++;
                    break;
                case Judgement.Refused refused:
                    refusals.Add((refused.Reason, refused.Detail));
                    break;
                case Judgement.Accepted accepted:
                    await desk.AdmitAsync(lease, accepted.Correction, Actor, ct);
                    admitted++;
                    break;
            }
        }
        await EndAsync(lease, admitted, own, refusals);
    }

    private async Task EndAsync(JobLease lease, int admitted, int own, List<(string Reason, string Detail)> refusals)
    {
        if (admitted == 0 && refusals.Count > 0)
        {
            Log.Refused(logger, lease.SeriesJobId, lease.Series.SeriesInstanceUid, refusals[0].Reason, refusals[0].Detail);
            await ledger.RefuseAsync(lease, refusals[0].Reason, string.Join("; ", refusals.Select(r => r.Detail)), Actor,
                CancellationToken.None);
            return;
        }
        if (admitted == 0)
        {
            await ledger.SetAsideAsync(lease, own == 1 ? "a result of ours that came back" : $"{own} results of ours that came back", Actor, CancellationToken.None);
            return;
        }
        Log.Admitted(logger, lease.SeriesJobId, admitted, lease.Series.SeriesInstanceUid);
        string detail = (admitted == 1 ? "1 correction admitted" : $"{admitted} corrections admitted")
            + string.Concat(refusals.Select(r => $"; refused, {r.Reason}: {r.Detail}"));
        await desk.FinishAsync(lease, detail, Actor, CancellationToken.None);
    }

    private async Task<Judgement> JudgeAsync(StoredFile file, CancellationToken ct)
    {
        string path = Path.Combine(data.Value.DataFolder, file.Path);
        if (SegReader.References(path) is not { } references)
        {
            return new Judgement.Refused("not_a_seg", $"instance {file.SopInstanceUid} is no readable SEG");
        }
        if (references.IsOurs || await desk.IsOwnResultAsync(references.SopInstanceUid, references.SeriesInstanceUid, ct))
        {
            return new Judgement.Own();
        }
        if (references.ReferencedSeriesUid is not { } seriesUid)
        {
            return new Judgement.Refused("no_reference",
                $"SEG {file.SopInstanceUid} names no source series; export it with its Referenced Series Sequence");
        }
        if (await desk.FindTargetAsync(seriesUid, ct) is not { } target)
        {
            return new Judgement.Refused("unknown_series",
                $"SEG {file.SopInstanceUid} refers to series {seriesUid}, which has no result here; send that series "
                + "first, then reopen this one");
        }
        return await Task.Run(() => Score(file, path, target, ct), ct);
    }

    private Judgement Score(StoredFile file, string path, CorrectionTarget target, CancellationToken ct)
    {
        string Full(string relative) => Path.Combine(data.Value.DataFolder, relative);
        SourceSeries source;
        switch (SeriesReader.Read([.. target.Files.Select(f => Full(f.Path))], ct))
        {
            case SeriesContent.AsVolume volume:
                source = volume.Source;
                break;
            case SeriesContent.AsPhotograph photo:
                source = photo.Source;
                break;
            case SeriesContent.Refused refused:
                return Refusal(refused.Reason, $"the source series: {refused.Detail}");
            default:
                throw new InvalidOperationException("Unknown content");
        }
        IReadOnlyList<OrganLabel> organs = TaskDefinition.Get(target.Model.Task).Labels;
        SegContent content = SegReader.Read(path, source, organs);
        if (content is SegContent.Refused no)
        {
            return Refusal(no.Reason, no.Detail);
        }
        var correction = (SegContent.Labels)content;
        LabelMap prediction = target.SegPath is null
            ? new LabelMap(source.Geometry, new byte[correction.Map.Labels.Length])
            : SegReader.Read(Full(target.SegPath), source, organs) is SegContent.Labels ours
                ? ours.Map
                : throw new InvalidOperationException($"Our own result {target.SegPath} does not read back");
        ScoredCorrection scored = CorrectionScoring.Score(prediction, correction.Map, organs, correction.Found);
        return new Judgement.Accepted(new NewCorrection
        {
            Instance = file,
            Target = target,
            MaskSha256 = CorrectionScoring.HashOf(correction.Map),
            PixelDigest = source.PixelDigest,
            Notes = [.. correction.Notes, .. scored.Notes],
            Convention = SegmentationQa.Convention,
            Grid = scored.Grid,
            Rows = scored.Rows,
            PoolObjection = scored.Objection,
        });
    }

    private static Judgement.Refused Refusal(RefusalReason reason, string detail) =>
        new(JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()), detail);

    private abstract record Judgement
    {
        private Judgement()
        {
        }

        public sealed record Own : Judgement;

        public sealed record Refused(string Reason, string Detail) : Judgement;

        public sealed record Accepted(NewCorrection Correction) : Judgement;
    }
}
