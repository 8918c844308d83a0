using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Network;
using VMUNet.Dicom;
using VMUNet.Jobs.Delivery;

namespace VMUNet.Jobs;

/// <summary>
/// Asks destinations whether they keep what they took, and reads the events that archives sent to the listener. Like
/// deliveries it runs on the clock: the rows are its queue and its retries.
/// </summary>
public sealed class ConfirmDeliveriesJob(ConfirmationLedger ledger, CommitmentInbox inbox, IOptions<JobsOptions> options,
    IOptions<PacsDataOptions> data, DestinationTls tls, TimeProvider time, JobsMetrics metrics,
    ILogger<ConfirmDeliveriesJob> logger)
{
    private const int Batch = 20;
    private static readonly TimeSpan s_claim = TimeSpan.FromMinutes(10);
    private readonly Random _jitter = new(Environment.ProcessId);

    /// <summary>One round: events first, since they settle questions, then what is due.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        foreach (CommitmentReport report in await inbox.WaitingAsync(Batch, ct))
        {
            await inbox.HandledAsync(report.CommitmentEventId, await ReadAsync(report, ct), ct);
        }
        if (options.Value.ConfirmDeliveries)
        {
            IReadOnlyList<DueConfirmation> due = await ledger.ClaimAsync(Batch, s_claim, ct);
            await Task.WhenAll(due.GroupBy(d => d.Destination).Select(group => AskAllAsync([.. group], ct)));
        }
    }

    private async Task<string> ReadAsync(CommitmentReport report, CancellationToken ct)
    {
        string outcome;
        try
        {
            CommitmentEvent happened = CommitmentEvent.Read(report.EventType, report.DataSet, report.TransferSyntaxUid);
            outcome = await SettleAsync(happened, ct) ?? "no open question has this transaction";
        }
        catch (FormatException e)
        {
            outcome = e.Message;
        }
        catch (Exception e) when (e is not (OperationCanceledException or DatabaseUnavailableException))
        {
            // A door's catch-all: an event that always fails must not hold up the others for ever.
            Log.RoundFailed(logger, "commitment event", e);
            outcome = $"failed: {e.GetType().Name}";
        }
        Log.CommitmentEvent(logger, report.CommitmentEventId, report.CallingAe, outcome);
        return outcome;
    }

    private async Task<string?> SettleAsync(CommitmentEvent happened, CancellationToken ct)
    {
        ConfirmationResult? result = await ledger.RecordEventAsync(
            happened.TransactionUid, happened.IsComplete, happened.Kept, happened.Lost, ct);
        if (result is not null)
        {
            metrics.Confirmation(NameOf(result));
        }
        return result switch
        {
            null => null,
            ConfirmationResult.Confirmed => "kept",
            ConfirmationResult.Failed failed => $"not kept: {failed.Detail}",
            _ => result.ToString(),
        };
    }

    private async Task AskAllAsync(IReadOnlyList<DueConfirmation> due, CancellationToken ct)
    {
        Destination? destination = options.Value.ParsedDestinations().FirstOrDefault(d => d.Name == due[0].Destination);
        foreach (DueConfirmation one in due)
        {
            ConfirmationResult? result = destination is null
                ? new ConfirmationResult.Unsupported("the destination is not configured any more")
                : await AskAsync(destination, one, ct);
            if (result is not null)
            {
                await RecordAsync(one, result, ct);
            }
        }
    }

    /// <returns>Null when nothing is to be recorded: the question stands, or its event has settled it.</returns>
    private async Task<ConfirmationResult?> AskAsync(Destination destination, DueConfirmation due, CancellationToken ct)
    {
        if (time.GetUtcNow() > due.DeliveredAt + options.Value.ConfirmationGiveUpAfter && due.Attempts > 0)
        {
            return new ConfirmationResult.Failed(ConfirmationWay.Commitment, "given up: no event has come");
        }
        string transaction = CommitmentScu.NewTransactionUid();
        SentObject sent;
        try
        {
            sent = SentObject.OfFile(
                Path.Combine(data.Value.DataFolder, due.Path), due.StudyInstanceUid, due.SeriesInstanceUid);
        }
        catch (IOException e)
        {
            return Later(due, e.Message);
        }
        // Recorded before the request: the event may come to the listener before the request's answer comes to us. A crash
        // after this line asks again, under another transaction, when the patience has run out.
        await ledger.RecordAsync(due.DeliveryId,
            new ConfirmationResult.Asked(transaction, time.GetUtcNow() + options.Value.ConfirmationPatience), ct);
        switch (await CommitmentScu.AskAsync(destination, options.Value.CallingAe, tls.Credentials, sent, transaction,
            options.Value.ConfirmationLinger, SettleAsync, ct))
        {
            case KeepAnswer.Kept:
                return new ConfirmationResult.Confirmed(ConfirmationWay.Find, "found by a query");
            case KeepAnswer.NoWay:
                return new ConfirmationResult.Unsupported("it offers neither storage commitment nor query");
            case KeepAnswer.Reported:
                return null; // settled before the event was answered
            case KeepAnswer.NotYet notYet:
                return Later(due, notYet.Why);
            case KeepAnswer.Unreachable unreachable:
                return Later(due, unreachable.Why);
            default:
                metrics.Confirmation("asked");
                return null;
        }
    }

    private ConfirmationResult Later(DueConfirmation due, string why)
    {
        DateTimeOffset next = time.GetUtcNow() + DeliveryBackoff.Wait(Math.Max(1, due.Attempts),
            options.Value.DeliveryFirstWait, options.Value.DeliveryLongestWait, _jitter.NextDouble());
        return next > due.DeliveredAt + options.Value.ConfirmationGiveUpAfter
            ? new ConfirmationResult.Failed(ConfirmationWay.Find, $"given up: {why}")
            : new ConfirmationResult.Retry(why, next);
    }

    private async Task RecordAsync(DueConfirmation due, ConfirmationResult result, CancellationToken ct)
    {
        switch (result)
        {
            case ConfirmationResult.Confirmed confirmed:
                Log.Confirmed(logger, due.SopInstanceUid, due.Destination, confirmed.Detail);
                break;
            case ConfirmationResult.Failed failed:
                Log.NotKept(logger, due.SopInstanceUid, due.Destination, failed.Detail);
                break;
        }
        metrics.Confirmation(NameOf(result));
        await ledger.RecordAsync(due.DeliveryId, result, ct);
    }

    private static string NameOf(ConfirmationResult result) => result.GetType().Name.ToLowerInvariant();
}
