using System.Net;
using Microsoft.Extensions.Logging;
using VMUNet.Data;
using VMUNet.Data.Network;
using VMUNet.Data.Studies;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>
/// Receives objects: file durable, then row committed, then Success. Every outcome becomes a DIMSE status in one place.
/// </summary>
internal sealed class StoreScp(
    AssociationPolicy policy,
    InstanceSpool spool,
    StudyRegistry registry,
    AssociationRows rows,
    ListenerPulse pulse,
    LiveFirst liveFirst,
    CommitmentInbox commitments,
    ListenerOptions options,
    ListenerMetrics metrics,
    TimeProvider time,
    ILogger<StoreScp> logger) : IAssociationHandler
{
    private const int MostText = 256;

    private readonly RowsBehind _behind = new();

    public AssociationVerdict Judge(AssociationRequest request)
    {
        var verdict = policy.Judge(request, pulse.Rules, pulse.Pressure);
        if (verdict is AssociationVerdict.Rejected { Reason: var reason } rejected && !reason.IsTransient)
        {
            pulse.TurnedAway(request, rejected.Why);
        }

        return verdict;
    }

    public Task OpenedAsync(AssociationInfo association, CancellationToken ct)
    {
        metrics.AssociationOpened();
        return Task.CompletedTask;
    }

    public async Task<DimseStatus> StoreAsync(
        AssociationInfo association, StoreRequest request, Stream dataSet, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var (status, bytes) = await StatusAsync(association, request, dataSet, ct);
        metrics.Answered(status, bytes, time.GetElapsedTime(started));
        if (status.Code != 0)
        {
            Log.StoreRefused(logger, request.SopInstanceUid, association.CallingAe, status);
        }

        return status;
    }

    /// <summary>An archive's word on a commitment: a row first, then Success; a worker reads it. What is cut off or malformed
    /// is refused, for an archive that has Success does not report again.</summary>
    public async Task<DimseStatus> EventAsync(AssociationInfo association, EventReport report, CancellationToken ct)
    {
        if (report.DataSet.Length == 0)
        {
            return DimseStatus.CannotUnderstand.With("empty data set");
        }

        using var dataSet = new MemoryStream(report.DataSet);
        if (DataSetSkimmer.Skim(dataSet, report.TransferSyntaxUid, new SkimLimits()) is SkimResult.Refused refused)
        {
            return DimseStatus.ProcessingFailure.With(refused.Detail);
        }

        await commitments.RecordAsync(
            association.CallingAe, report.EventType, report.TransferSyntaxUid, report.DataSet, ct);
        Log.CommitmentEvent(logger, association.CallingAe, report.EventType);
        return DimseStatus.Success;
    }

    public Task ReleasingAsync(AssociationInfo association, CancellationToken ct) => _behind.SettleAsync(association.Id);

    public async Task ClosedAsync(AssociationInfo association, AssociationEnd how, string why)
    {
        metrics.AssociationClosed(how);
        if (how != AssociationEnd.Released)
        {
            Log.AssociationBroken(logger, association.CallingAe, association.RemoteAddress, how, why);
        }

        try
        {
            await _behind.SettleAsync(association.Id);
        }
        finally
        {
            await rows.CloseAsync(association, how, CancellationToken.None);
        }
    }

    public void Refused(IPAddress remoteAddress, AssociationEnd how, string why)
    {
        metrics.Refused(how);
        Log.AssociationRefused(logger, remoteAddress, how, why);
    }

    public void Failed(AssociationInfo association, string correlationId, Exception exception) =>
        Log.StoreFailed(logger, correlationId, association.CallingAe, exception);

    private async Task<(DimseStatus Status, long Bytes)> StatusAsync(
        AssociationInfo association, StoreRequest request, Stream dataSet, CancellationToken ct)
    {
        try
        {
            if (pulse.Pressure is { } pressure)
            {
                return (DimseStatus.OutOfResources.With(pressure), 0);
            }

            if (!options.MaySend(association.CallingAe, request.SopClassUid))
            {
                return (DimseStatus.NotAuthorized.With("the calling AE may not send this SOP class"), 0);
            }

            using var live = await OrderAsync(association, ct);
            var row = await rows.RowOfAsync(association, ct);
            using var incoming = await spool.ReceiveAsync(request, association.CallingAe, dataSet, ct);
            return (await KeepAsync(association, row, request, incoming, ct), incoming.Length);
        }
        catch (DatabaseUnavailableException e)
        {
            Log.DatabaseAway(logger, e.Message);
            return (DimseStatus.OutOfResources.With("database is not reachable, try again"), 0);
        }
        catch (IOException e) when (e is not AssociationLostException)
        {
            Log.DiskRefused(logger, e);
            return (DimseStatus.OutOfResources.With("storage is not available, try again"), 0);
        }
    }

    private async Task<IDisposable?> OrderAsync(AssociationInfo association, CancellationToken ct)
    {
        if (!policy.IsBatch(association.CalledAe))
        {
            return liveFirst.Live();
        }

        await liveFirst.YieldAsync(ct);
        return null;
    }

    private async ValueTask<DimseStatus> KeepAsync(
        AssociationInfo association, long row, StoreRequest request, IncomingFile incoming, CancellationToken ct)
    {
        if (incoming.IsTooLarge)
        {
            return DimseStatus.ObjectTooLarge;
        }

        if (incoming.Skim is not SkimResult.Complete { Header: var header })
        {
            return DimseStatus.CannotUnderstand.With(((SkimResult.Refused)incoming.Skim).Detail);
        }

        if (InstanceRule.Judge(request, header) is { } refused)
        {
            return refused;
        }

        // A crash before this line leaves a .part for the sweep; after it, a complete file without a row, which the sender's
        // next attempt finds again by its name. Success is answered only when the row is committed.
        var path = spool.Keep(
            incoming, header.Text(SkimTags.StudyInstanceUid), request.SopInstanceUid, header.Sha256);
        var instance = Instance(association, row, request, incoming, header, path);
        if (options.IsDurable)
        {
            return StatusOf(registry.Record(instance, ct));
        }

        // Acknowledged already, so neither a lost peer nor the end of the program takes its row away.
        await _behind.AddAsync(association.Id, registry.RecordAsync(instance, CancellationToken.None));
        return DimseStatus.Success;
    }

    private static DimseStatus StatusOf(RecordOutcome outcome) => outcome switch
    {
        RecordOutcome.Stored or RecordOutcome.Duplicate or RecordOutcome.HeaderRevision or RecordOutcome.SyntaxCopy => DimseStatus.Success,
        RecordOutcome.PixelConflict => DimseStatus.DuplicateSopInstance.With("known with other pixels, kept aside"),
        RecordOutcome.IdentityConflict => DimseStatus.DuplicateSopInstance.With("known in another series or study, kept aside"),
        _ => DimseStatus.ProcessingFailure,
    };

    private ReceivedInstance Instance(
        AssociationInfo association, long row, StoreRequest request, IncomingFile incoming, SkimmedHeader header, string path) => new()
        {
            SopInstanceUid = request.SopInstanceUid,
            SopClassUid = request.SopClassUid,
            StudyInstanceUid = header.Text(SkimTags.StudyInstanceUid),
            SeriesInstanceUid = header.Text(SkimTags.SeriesInstanceUid),
            TransferSyntaxUid = request.TransferSyntaxUid,
            Path = path,
            ByteCount = incoming.Length,
            FileSha256 = header.Sha256,
            PixelSha256 = header.PixelSha256,
            PatientId = Storable(header, SkimTags.PatientId),
            IssuerOfPatientId = Storable(header, SkimTags.IssuerOfPatientId),
            Modality = Storable(header, SkimTags.Modality),
            BodyPart = Storable(header, SkimTags.BodyPartExamined),
            StudyDescription = Storable(header, SkimTags.StudyDescription),
            SeriesDescription = Storable(header, SkimTags.SeriesDescription),
            ProtocolName = Storable(header, SkimTags.ProtocolName),
            Manufacturer = Storable(header, SkimTags.Manufacturer),
            ManufacturerModel = Storable(header, SkimTags.ManufacturerModelName),
            StudyDate = header.Date(SkimTags.StudyDate),
            FrameOfReferenceUid = FrameOfReference(header),
            InstanceNumber = header.WholeNumber(SkimTags.InstanceNumber),
            ImagePosition = header.Decimals(SkimTags.ImagePositionPatient, 3),
            ImageOrientation = header.Decimals(SkimTags.ImageOrientationPatient, 6),
            Rows = header.Number(SkimTags.Rows),
            Columns = header.Number(SkimTags.Columns),
            NumberOfFrames = header.WholeNumber(SkimTags.NumberOfFrames),
            CallingAe = association.CallingAe,
            AssociationId = row,
            QuietPeriod = options.QuietPeriodOf(association.CallingAe),
            IsBatch = policy.IsBatch(association.CalledAe),
        };

    // PostgreSQL's text holds no null character, and nobody should be able to fill a row.
    private static string Storable(SkimmedHeader header, uint tag)
    {
        var text = header.Text(tag).Replace("\0", "", StringComparison.Ordinal);
        return text.Length <= MostText ? text : text[..(char.IsHighSurrogate(text[MostText - 1]) ? MostText - 1 : MostText)];
    }

    private static string? FrameOfReference(SkimmedHeader header)
    {
        var uid = header.Text(SkimTags.FrameOfReferenceUid);
        return DicomUidRule.IsValid(uid) ? uid : null;
    }
}
