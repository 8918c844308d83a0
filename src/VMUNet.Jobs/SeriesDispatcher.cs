using Hangfire;
using VMUNet.Data.Processing;
using VMUNet.Jobs.Routing;

namespace VMUNet.Jobs;

/// <summary>Complete series -> one job a series revision -> Hangfire's queues.</summary>
public sealed class SeriesDispatcher(JobLedger ledger, ModelRouter router, IBackgroundJobClient client)
{
    private const int Batch = 50;
    private const string Segmentation = "1.2.840.10008.5.1.4.1.1.66.4";
    private const string LabelMapSegmentation = "1.2.840.10008.5.1.4.1.1.66.7";
    private const string RtStructureSet = "1.2.840.10008.5.1.4.1.1.481.3";

    // Reports, states, key objects, registrations, plans: nothing to segment in them.
    private static readonly HashSet<string> s_notImages =
        new(StringComparer.Ordinal) { "SR", "PR", "KO", "REG", "RTSTRUCT", "RTPLAN", "RTDOSE", "AU", "DOC" };

    /// <summary>Plans what is complete, then hands unqueued jobs to Hangfire. Two dispatchers may run at once.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (await ledger.DispatchAsync(Batch, Plan, ct) == Batch)
        {
        }
        foreach (QueuedJob job in await ledger.TakeUnqueuedAsync(Batch, ct))
        {
            // A crash after Enqueue and before MarkQueued gives a second entry for the job: only one start gets the lease.
            // A crash before Enqueue leaves the row unqueued: the next round finds it.
            string hangfireId = job.Kind switch
            {
                JobKind.Segment => client.Enqueue<SegmentSeriesJob>(
                    job.Queue, j => j.RunAsync(job.SeriesJobId, CancellationToken.None)),
                JobKind.Correction => client.Enqueue<AdmitCorrectionJob>(
                    job.Queue, j => j.RunAsync(job.SeriesJobId, CancellationToken.None)),
                _ => throw new InvalidOperationException($"Unknown kind {job.Kind}"),
            };
            await ledger.MarkQueuedAsync(job.SeriesJobId, hangfireId, ct);
        }
    }

    /// <summary>What to do with a series: a SEG is a correction, an image follows its route.</summary>
    public JobPlan Plan(SeriesFacts series)
    {
        if (series.SopClassUid is Segmentation or LabelMapSegmentation or RtStructureSet)
        {
            return new JobPlan.Enqueue(JobKind.Correction, JobQueues.Routine, null, null, [], ["a SEG: a reviewer's correction"]);
        }
        if (s_notImages.Contains(series.Modality))
        {
            return new JobPlan.SetAside($"modality {series.Modality} holds no image");
        }
        RoutingVerdict verdict = router.Choose(series);
        return verdict.Route is { } route
            ? new JobPlan.Enqueue(JobKind.Segment, series.IsBatch ? JobQueues.Batch : JobQueues.Of(route.Priority), route.Name, route.Model,
                route.Destinations, verdict.Reasons)
            : new JobPlan.Refuse("no_route", string.Join("; ", verdict.Reasons));
    }
}
