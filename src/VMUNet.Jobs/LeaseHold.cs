using VMUNet.Data;
using VMUNet.Data.Processing;

namespace VMUNet.Jobs;

/// <summary>Keeps a job's lease alive while the work runs, and cancels the work when the lease is lost.</summary>
internal sealed class LeaseHold : IAsyncDisposable
{
    private readonly JobLedger _ledger;
    private readonly JobLease _lease;
    private readonly TimeSpan _duration;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _done = new();
    private readonly Task _beating;

    public LeaseHold(JobLedger ledger, JobLease lease, TimeSpan duration, TimeProvider time, CancellationToken ct)
    {
        (_ledger, _lease, _duration, _time) = (ledger, lease, duration, time);
        _lost = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _beating = BeatAsync();
    }

    /// <summary>Cancelled by shutdown, or when another worker or a later revision took the job over.</summary>
    public CancellationToken Token => _lost.Token;

    public bool IsLost { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _beating;
        _done.Dispose();
        _lost.Dispose();
    }

    private async Task BeatAsync()
    {
        // Three signs of life fit into one lease, so one that is lost or late does no harm.
        using var timer = new PeriodicTimer(_duration / 4, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_done.Token))
            {
                try
                {
                    if (!await _ledger.HeartbeatAsync(_lease, _duration, _done.Token))
                    {
                        IsLost = true;
                        await _lost.CancelAsync();
                        return;
                    }
                }
                catch (DatabaseUnavailableException)
                {
                    // The fence judges the result anyway; the next beat may get through.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the work is done
        }
    }
}
