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
    JobLedger ledger, IOptions<JobsOptions> options, TimeProvider time, ILogger<LeasedJob> logger)
{
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
        await using var hold = new LeaseHold(ledger, lease, options.Value.Lease, time, ct);
        try
        {
            await work(lease, hold.Token);
        }
        catch (LeaseLostException)
        {
            Log.LeaseLost(logger, seriesJobId);
        }
        catch (OperationCanceledException) when (hold.IsLost)
        {
            Log.LeaseLost(logger, seriesJobId);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Shutdown: hand the job back at once. If that fails too, the lease runs out and the next host takes it.
            await ledger.FailAsync(lease, "the host stopped", TimeSpan.Zero, actor, CancellationToken.None);
            throw;
        }
        catch (BadInputException e)
        {
            Log.Refused(logger, seriesJobId, lease.Series.SeriesInstanceUid, "bad_input", e.Message);
            await ledger.RefuseAsync(lease, "bad_input", e.Message, actor, CancellationToken.None);
        }
        catch (DatabaseUnavailableException e)
        {
            // No row can be moved now; the lease runs out and the dispatcher queues the job again.
            Log.DatabaseAway(logger, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException) // a door's catch-all: logged, counted, the row moves
        {
            Log.Failed(logger, seriesJobId, lease.Attempts, e);
            TimeSpan? retry = lease.Attempts < options.Value.MaxAttempts && e is not (ResultHeldException or ModelUnusableException)
                ? options.Value.RetryWait * Math.Pow(2, lease.Attempts - 1)
                : null;
            await ledger.FailAsync(lease, $"{e.GetType().Name}: {e.Message}", retry, actor, CancellationToken.None);
        }
    }
}

/// <summary>The outgoing gate holds the result back: what was written is not what was meant. Trying again would not help.</summary>
public sealed class ResultHeldException(string message) : Exception(message);
