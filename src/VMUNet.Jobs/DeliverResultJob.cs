using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Processing;
using VMUNet.Dicom;
using VMUNet.Jobs.Delivery;

namespace VMUNet.Jobs;

/// <summary>
/// Sends what the outbox says is due, one association a destination. It runs on the clock and not as a Hangfire job: a
/// result must not wait behind other series' inference, and the rows already are its queue, its retries and its dead letters.
/// </summary>
public sealed class DeliverResultJob(DeliveryOutbox outbox, IOptions<JobsOptions> options, IOptions<PacsDataOptions> data,
    TimeProvider time, JobsMetrics metrics, ILogger<DeliverResultJob> logger)
{
    private const string Actor = "deliver";
    private const int Batch = 20;

    // Longer than the slowest association can take; a sender that dies leaves its rows to others after this.
    private static readonly TimeSpan s_claim = TimeSpan.FromMinutes(10);

    // The jitter only spreads load; a fixed seed keeps it out of the statics that style forbids.
    private readonly Random _jitter = new(Environment.ProcessId);

    /// <summary>Claims and sends one batch. Returns how many rows were attempted.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        IReadOnlyList<DueDelivery> due = await outbox.ClaimAsync(Batch, s_claim, ct);
        IReadOnlyList<Destination> known = options.Value.ParsedDestinations();
        await Task.WhenAll(due.GroupBy(d => d.Destination).Select(group =>
            SendAsync(known.FirstOrDefault(d => d.Name == group.Key), group.Key, [.. group], ct)));
        return due.Count;
    }

    private async Task SendAsync(
        Destination? destination, string name, IReadOnlyList<DueDelivery> due, CancellationToken ct)
    {
        if (destination is null)
        {
            foreach (DueDelivery row in due)
            {
                await RecordAsync(row, new DeliveryResult.Dead(null,
                    $"destination '{name}' is not configured; add it and revive the delivery"), TimeSpan.Zero, ct);
            }
            return;
        }
        long start = Stopwatch.GetTimestamp();
        string[] files = [.. due.Select(d => Path.Combine(data.Value.DataFolder, d.Path))];
        IReadOnlyList<SendOutcome> outcomes = await StoreScu.SendAsync(destination, options.Value.CallingAe, files, ct);
        TimeSpan took = Stopwatch.GetElapsedTime(start) / due.Count;
        for (int i = 0; i < due.Count; i++)
        {
            // Crash between the answer and this row: the claim runs out and the same SOP instance is sent once more.
            await RecordAsync(due[i], ResultOf(due[i], outcomes[i]), took, ct);
        }
    }

    private DeliveryResult ResultOf(DueDelivery row, SendOutcome outcome)
    {
        if (outcome.IsStored)
        {
            return new DeliveryResult.Stored(outcome.StatusCode ?? 0, outcome.StatusCode is 0 ? null : outcome.ToString());
        }
        string error = outcome.ToString();
        if (!outcome.IsRetryable)
        {
            return new DeliveryResult.Dead(outcome.StatusCode, error);
        }
        TimeSpan wait = DeliveryBackoff.Wait(
            row.Attempts + 1, options.Value.DeliveryFirstWait, options.Value.DeliveryLongestWait, _jitter.NextDouble());
        DateTimeOffset next = time.GetUtcNow() + wait;
        return next > row.CreatedAt + options.Value.DeliveryGiveUpAfter
            ? new DeliveryResult.Dead(outcome.StatusCode, $"given up after {row.Attempts + 1} attempts: {error}")
            : new DeliveryResult.Retry(outcome.StatusCode, error, next);
    }

    private async Task RecordAsync(DueDelivery row, DeliveryResult result, TimeSpan took, CancellationToken ct)
    {
        switch (result)
        {
            case DeliveryResult.Stored:
                Log.Delivered(logger, row.SopInstanceUid, row.Destination);
                break;
            case DeliveryResult.Retry retry:
                Log.NotDelivered(logger, row.SopInstanceUid, row.Destination, row.Attempts + 1, retry.Error);
                break;
            case DeliveryResult.Dead dead:
                Log.DeadLetter(logger, row.SopInstanceUid, row.Destination, dead.Error);
                break;
        }
        metrics.Attempted(result.GetType().Name.ToLowerInvariant());
        await outbox.RecordAsync(row, result, took, Actor, ct);
    }
}
