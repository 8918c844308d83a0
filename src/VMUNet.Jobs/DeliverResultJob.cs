using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Processing;
using VMUNet.Dicom;
using VMUNet.Jobs.Delivery;

namespace VMUNet.Jobs;

/// <summary>
/// Sends what the outbox says is due, one lane a destination, so that a slow one holds up no other. It runs on the clock and not as a Hangfire job: a
/// result must not wait behind other series' inference, and the rows already are its queue, its retries and its dead letters.
/// </summary>
public sealed class DeliverResultJob(DeliveryOutbox outbox, IOptions<JobsOptions> options, IOptions<PacsDataOptions> data,
    DestinationTls tls, TimeProvider time, JobsMetrics metrics, ILogger<DeliverResultJob> logger)
{
    private const string Actor = "deliver";
    private const int Batch = 20;

    // Longer than the slowest association can take; a sender that dies leaves its rows to others after this.
    private static readonly TimeSpan s_claim = TimeSpan.FromMinutes(10);

    // The jitter only spreads load; a fixed seed keeps it out of the statics that style forbids.
    private readonly Random _jitter = new(Environment.ProcessId);

    private readonly ConcurrentDictionary<string, Task> _lanes = new(StringComparer.Ordinal);

    /// <summary>Sends one batch to each destination, and waits for all. Returns how many rows were attempted.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        IReadOnlyList<string> destinations = await outbox.DueDestinationsAsync(ct);
        return (await Task.WhenAll(destinations.Select(d => SendBatchAsync(d, ct)))).Sum();
    }

    /// <summary>Starts the lane of each destination that something is due for and that is not at work already.</summary>
    public async Task StartLanesAsync(CancellationToken ct)
    {
        foreach (string destination in await outbox.DueDestinationsAsync(ct))
        {
            if (!_lanes.TryGetValue(destination, out Task? lane) || lane.IsCompleted)
            {
                _lanes[destination] = Task.Run(() => RunLaneAsync(destination, ct), ct);
            }
        }
    }

    /// <summary>Waits until no lane is at work; for shutdown.</summary>
    public Task LanesEndAsync() => Task.WhenAll(_lanes.Values).ContinueWith(
        _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private async Task RunLaneAsync(string destination, CancellationToken ct)
    {
        try
        {
            while (await SendBatchAsync(destination, ct) > 0)
            {
            }
        }
        catch (DatabaseUnavailableException e)
        {
            Log.DatabaseAway(logger, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException) // a door's catch-all: the other lanes go on
        {
            Log.RoundFailed(logger, $"delivery to {destination}", e);
        }
    }

    private async Task<int> SendBatchAsync(string destination, CancellationToken ct)
    {
        IReadOnlyList<DueDelivery> due = await outbox.ClaimAsync(destination, Batch, s_claim, ct);
        if (due.Count > 0)
        {
            Destination? known = options.Value.ParsedDestinations().FirstOrDefault(d => d.Name == destination);
            await SendAsync(known, destination, due, ct);
        }
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
        IReadOnlyList<SendOutcome> outcomes = await StoreScu.SendAsync(
            destination, options.Value.CallingAe, tls.Credentials, files, ct);
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
        return next > row.DueSince + options.Value.DeliveryGiveUpAfter
            ? new DeliveryResult.Dead(outcome.StatusCode, $"given up after {row.Attempts + 1} attempts: {error}")
            : new DeliveryResult.Retry(outcome.StatusCode, error, next);
    }

    private async Task RecordAsync(DueDelivery row, DeliveryResult result, TimeSpan took, CancellationToken ct)
    {
        switch (result)
        {
            case DeliveryResult.Stored { Warning: { } warning }:
                Log.DeliveredWithWarning(logger, row.SopInstanceUid, row.Destination, warning);
                break;
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
