using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Processing;
using VMUNet.Imaging;
using VMUNet.Jobs.Models;

namespace VMUNet.Jobs;

/// <summary>
/// What every job on a series shares: it takes the lease, keeps it alive, and maps how the work ended to rows. Hangfire
/// may start it any number of times; only a start that gets the lease works, and only its fence can store.
/// </summary>
public sealed class LeasedJob(
    JobLedger ledger, IOptions<JobsOptions> options, TimeProvider time, JobsMetrics metrics,
    ILogger<LeasedJob> logger)
{
    private const int WorkerDeathsPerAttempt = 3;

    /// <summary>Runs the work under the lease.</summary>
    /// <param name="seriesJobId">The job's row.</param>
    /// <param name="actor">Who works, for the timeline.</param>
    /// <param name="work">The work; it ends the job itself, by storing, refusing or setting aside.</param>
    /// <param name="ct">Shutdown.</param>
    public async Task RunAsync(
        long seriesJobId, string actor, Func<JobLease, CancellationToken, Task> work, CancellationToken ct)
    {
        if (await ledger.StartAsync(seriesJobId, $"{Environment.MachineName}/{Environment.ProcessId}", options.Value.Lease, ct)
            is not { } lease)
        {
            return; // done, superseded, or in other hands: nothing to do
        }
        long start = time.GetTimestamp();
        string outcome = await HoldAsync(lease, actor, work, ct);
        metrics.Ended(actor, outcome, time.GetElapsedTime(start));
        if (outcome == "stopped")
        {
            throw new OperationCanceledException(ct);
        }
    }

    private async Task<string> HoldAsync(
        JobLease lease, string actor, Func<JobLease, CancellationToken, Task> work, CancellationToken ct)
    {
        await using var hold = new LeaseHold(ledger, lease, options.Value.Lease, time, ct);
        try
        {
            if (lease.Attempts > options.Value.MaxAttempts * WorkerDeathsPerAttempt)
            {
                // Whatever kills the worker each time (memory, say) must not do so for ever.
                throw new JobKeepsDyingException($"{lease.Attempts - 1} attempts ended without a word; the worker died each time");
            }
            await work(lease, hold.Token);
            return "ended";
        }
        catch (LeaseLostException)
        {
            Log.LeaseLost(logger, lease.SeriesJobId);
            return "lost";
        }
        catch (OperationCanceledException) when (hold.IsLost)
        {
            Log.LeaseLost(logger, lease.SeriesJobId);
            return "lost";
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Shutdown: hand the job back at once. If that fails too, the lease runs out and the next host takes it.
            await ledger.HandBackAsync(lease, actor, CancellationToken.None);
            return "stopped";
        }
        catch (BadInputException e)
        {
            Log.Refused(logger, lease.SeriesJobId, lease.Series.SeriesInstanceUid, "bad_input", e.Message);
            await ledger.RefuseAsync(lease, "bad_input", e.Message, actor, CancellationToken.None);
            return "refused";
        }
        catch (DatabaseUnavailableException e)
        {
            // No row can be moved now; the lease runs out and the dispatcher queues the job again.
            Log.DatabaseAway(logger, e.Message);
            return "lost";
        }
        catch (Exception e) when (e is not OperationCanceledException) // a door's catch-all: logged, counted, the row moves
        {
            Log.Failed(logger, lease.SeriesJobId, lease.Attempts, e);
            bool isFinal = e is ResultHeldException or ModelUnusableException or JobKeepsDyingException;
            TimeSpan? retry = lease.Attempts < options.Value.MaxAttempts && !isFinal
                ? options.Value.RetryWait * Math.Pow(2, lease.Attempts - 1)
                : null;
            await ledger.FailAsync(lease, $"{e.GetType().Name}: {e.Message}", retry, actor, CancellationToken.None);
            return "failed";
        }
    }
}

/// <summary>The outgoing gate holds the result back: what was written is not what was meant. Trying again would not help.</summary>
public sealed class ResultHeldException(string message) : Exception(message);

/// <summary>The job's workers died again and again; a person must look before it is tried once more.</summary>
public sealed class JobKeepsDyingException(string message) : Exception(message);
