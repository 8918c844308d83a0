using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VMUNet.Data;
using VMUNet.Data.Studies;

namespace VMUNet.DicomListener;

/// <summary>
/// Moves quiet series from Receiving to Complete. The timers are rows, so a restart loses nothing; a database that is away
/// only makes it wait.
/// </summary>
internal sealed class StudyCompletion(
    CompletionTimers timers,
    AssociationRows rows,
    ListenerOptions options,
    ListenerMetrics metrics,
    TimeProvider time,
    ILogger<StudyCompletion> logger) : BackgroundService
{
    private const int Batch = 100;

    /// <summary>Judges every series that is due now.</summary>
    /// <returns>How many were completed.</returns>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await rows.CloseDueAsync(ct);
        var completed = 0;
        foreach (var series in await timers.DueAsync(Batch, ct))
        {
            try
            {
                completed += await JudgeAsync(series, ct) ? 1 : 0;
            }
            catch (Exception e) when (e is not DatabaseUnavailableException and not OperationCanceledException)
            {
                // A series that we cannot judge must not keep the others from being complete.
                Log.CompletionFailed(logger, series.SeriesInstanceUid, e);
            }
        }

        return completed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.CompletionPoll, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (DatabaseUnavailableException e)
            {
                Log.DatabaseAway(logger, e.Message);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.CompletionRoundFailed(logger, e);
            }
        }
    }

    private async Task<bool> JudgeAsync(DueSeries series, CancellationToken ct)
    {
        switch (CompletionRule.Judge(series, time.GetUtcNow(), options))
        {
            case CompletionVerdict.Complete complete when await timers.CompleteAsync(series, complete.Warning, ct):
                metrics.SeriesCompleted();
                Log.SeriesComplete(logger, series.SeriesInstanceUid, series.InstanceCount, complete.Warning ?? "none");
                return true;
            case CompletionVerdict.Wait wait:
                await timers.PostponeAsync(series, wait.Until, wait.For, ct);
                return false;
            default:
                return false; // it changed while it was judged, and has a new timer
        }
    }
}
