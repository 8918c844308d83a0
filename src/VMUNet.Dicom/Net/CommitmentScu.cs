using VMUNet.Dimse;
using NetworkClasses = VMUNet.Dimse.SopClasses;

namespace VMUNet.Dicom;

/// <summary>An object that a destination is asked about.</summary>
public sealed record SentObject(string StudyInstanceUid, string SeriesInstanceUid, string SopInstanceUid, string SopClassUid)
{
    /// <summary>What was sent from a Part 10 file; its class is read from the file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SentObject OfFile(string path, string studyInstanceUid, string seriesInstanceUid) =>
        OutgoingFile.TryOpen(path, out var file, out var failure)
            ? new SentObject(studyInstanceUid, seriesInstanceUid, file.Header.SopInstanceUid, file.Header.SopClassUid)
            : throw new IOException(failure);
}

/// <summary>What a destination says of one object.</summary>
public abstract record KeepAnswer
{
    private KeepAnswer()
    {
    }

    /// <summary>It keeps the object. <paramref name="ByQuery"/>: it offers no commitment, a query found the object.</summary>
    public sealed record Kept(bool ByQuery) : KeepAnswer;

    /// <summary>It took the request; its event comes later, to our listener as a rule.</summary>
    public sealed record Asked : KeepAnswer;

    /// <summary>It reported on this association.</summary>
    public sealed record Reported(CommitmentEvent Event) : KeepAnswer;

    /// <summary>It does not know the object, or refused the request; it may later.</summary>
    public sealed record NotYet(string Why) : KeepAnswer;

    /// <summary>There was no association, or it was lost.</summary>
    public sealed record Unreachable(string Why) : KeepAnswer;

    /// <summary>It offers neither commitment nor query.</summary>
    public sealed record NoWay : KeepAnswer;
}

/// <summary>An N-EVENT-REPORT of the storage commitment service, read.</summary>
/// <param name="IsComplete">True for event type 1, every object is kept; false where there are failures.</param>
/// <param name="TransactionUid">(0008,1195).</param>
/// <param name="Kept">SOP instances of the Referenced SOP Sequence.</param>
/// <param name="Lost">SOP instances of the Failed SOP Sequence, each with its reason.</param>
public sealed record CommitmentEvent(
    bool IsComplete, string TransactionUid, IReadOnlyCollection<string> Kept, IReadOnlyDictionary<string, string> Lost)
{
    private const int Complete = 1;

    /// <summary>Reads an event of a type (PS3.4 table J.3-2) from its data set.</summary>
    /// <exception cref="FormatException">The bytes are no such data set.</exception>
    public static CommitmentEvent Read(int eventType, byte[] bytes, string transferSyntax)
    {
        try
        {
            var data = Identifier.FromBytes(bytes, transferSyntax);
            var transaction = data.GetSingleValue<string>(DicomTag.TransactionUID);
            return new CommitmentEvent(
                eventType == Complete,
                DicomUidRule.IsValid(transaction) ? transaction : throw new FormatException("its transaction UID is none"),
                [.. Items(data, DicomTag.ReferencedSOPSequence).Select(Uid)],
                Items(data, DicomTag.FailedSOPSequence).GroupBy(Uid).ToDictionary(g => g.Key, g => Reason(g.First())));
        }
        catch (Exception e) when (e is DicomException or ArgumentException or InvalidOperationException or IOException
            or FormatException or OverflowException or InvalidCastException)
        {
            var why = new string([.. e.Message.Where(c => !char.IsControl(c))]); // it may quote a value
            throw new FormatException($"The commitment event cannot be read: {why}", e);
        }
    }

    private static IEnumerable<DicomDataset> Items(DicomDataset data, DicomTag tag) =>
        data.TryGetSequence(tag, out var sequence) ? sequence.Items : [];

    private static string Uid(DicomDataset item) => item.GetSingleValueOrDefault(DicomTag.ReferencedSOPInstanceUID, "");

    // PS3.4 J.4.3.1.1
    private static string Reason(DicomDataset item) => item.GetSingleValueOrDefault<ushort>(DicomTag.FailureReason, 0) switch
    {
        0x0110 => "processing failure",
        0x0112 => "it has no such object",
        0x0213 => "it lacks resources",
        0x0122 => "it does not support the SOP class",
        0x0119 => "class and instance do not fit",
        0x0131 => "duplicate transaction UID",
        var code => $"failure reason {code:X4}",
    };
}

/// <summary>
/// Asks a destination whether it keeps an object: by storage commitment (PS3.4 annex J) where it accepts that class, else by
/// a query at instance level.
/// </summary>
public static class CommitmentScu
{
    private const ushort SopClassNotSupported = 0x0122;
    private const ushort NoSuchAction = 0x0123;
    private const ushort UnrecognizedOperation = 0x0211;

    /// <summary>Asks.</summary>
    /// <param name="destination">Whom to call.</param>
    /// <param name="callingAe">Our AE title; the archive's event comes to it.</param>
    /// <param name="tls">Certificates for a destination over TLS.</param>
    /// <param name="sent">The object.</param>
    /// <param name="transactionUid">A UID of this question alone, recorded before: the event may come at once.</param>
    /// <param name="linger">How long to wait for the event on this association.</param>
    /// <param name="record">Writes an event down, before it is answered; when it throws, the event is not answered.</param>
    /// <param name="ct">Cancels by aborting the association.</param>
    public static async Task<KeepAnswer> AskAsync(Destination destination, string callingAe, CallingTls? tls, SentObject sent,
        string transactionUid, TimeSpan linger, Func<CommitmentEvent, CancellationToken, Task> record, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(sent);
        ArgumentNullException.ThrowIfNull(record);
        try
        {
            return await AskAsync(destination.OptionsFor(callingAe, tls), sent, transactionUid, linger, record, ct);
        }
        catch (DimseClientException e)
        {
            return new KeepAnswer.Unreachable(e.Message);
        }
        catch (DicomException e)
        {
            return new KeepAnswer.NotYet($"its answer cannot be read: {e.Message}");
        }
    }

    /// <summary>A UID for one question.</summary>
    public static string NewTransactionUid() => Uids.New();

    private static async Task<KeepAnswer> AskAsync(DimseClientOptions options, SentObject sent, string transactionUid,
        TimeSpan linger, Func<CommitmentEvent, CancellationToken, Task> record, CancellationToken ct)
    {
        await using var client = await DimseClient.ConnectAsync(
            options with
            {
                Contexts =
                [
                    new(NetworkClasses.StorageCommitmentPush, TransferSyntaxes.Native),
                    new(NetworkClasses.StudyRootFind, TransferSyntaxes.Native),
                ],
            },
            ct);
        client.OnEvent = (report, token) => TakeEventAsync(report, record, token);
        var answer = client.CanRequest(NetworkClasses.StorageCommitmentPush)
            ? await RequestAsync(client, sent, transactionUid, linger, ct)
            : null;
        answer ??= client.CanRequest(NetworkClasses.StudyRootFind) ? await QueryAsync(client, sent, ct) : new KeepAnswer.NoWay();
        await client.ReleaseAsync(ct);
        return answer;
    }

    /// <returns>Null when it accepts the class and then knows no such request (PS3.7 annex C): it offers no commitment.</returns>
    private static async Task<KeepAnswer?> RequestAsync(
        DimseClient client, SentObject sent, string transactionUid, TimeSpan linger, CancellationToken ct)
    {
        var request = new DicomDataset();
        request.AddOrUpdate(DicomTag.TransactionUID, transactionUid);
        var item = new DicomDataset();
        item.AddOrUpdate(DicomTag.ReferencedSOPClassUID, sent.SopClassUid);
        item.AddOrUpdate(DicomTag.ReferencedSOPInstanceUID, sent.SopInstanceUid);
        request.AddOrUpdate(new DicomSequence(DicomTag.ReferencedSOPSequence, item));
        var syntax = client.SyntaxFor(NetworkClasses.StorageCommitmentPush);
        var status = await client.RequestCommitmentAsync(Identifier.ToBytes(request, syntax), ct);
        if (status.Code is SopClassNotSupported or NoSuchAction or UnrecognizedOperation)
        {
            return null;
        }
        if (status.Code != DimseStatus.Success.Code)
        {
            return new KeepAnswer.NotYet($"the request for commitment was answered {status}");
        }
        try
        {
            return await client.WaitForEventAsync(linger, ct) is { } report
                ? new KeepAnswer.Reported(CommitmentEvent.Read(report.EventType, report.DataSet, report.TransferSyntaxUid))
                : new KeepAnswer.Asked();
        }
        catch (DimseClientException)
        {
            return new KeepAnswer.Asked(); // how the association ends takes nothing back: the event may come to our listener
        }
    }

    // Success is the last thing said: an archive that had it would not report again.
    private static async Task<DimseStatus> TakeEventAsync(
        EventReport report, Func<CommitmentEvent, CancellationToken, Task> record, CancellationToken ct)
    {
        CommitmentEvent happened;
        try
        {
            happened = CommitmentEvent.Read(report.EventType, report.DataSet, report.TransferSyntaxUid);
        }
        catch (FormatException)
        {
            return DimseStatus.ProcessingFailure;
        }
        await record(happened, ct);
        return DimseStatus.Success;
    }

    private static async Task<KeepAnswer> QueryAsync(DimseClient client, SentObject sent, CancellationToken ct)
    {
        var keys = new DicomDataset();
        keys.AddOrUpdate(DicomTag.QueryRetrieveLevel, "IMAGE");
        keys.AddOrUpdate(DicomTag.StudyInstanceUID, sent.StudyInstanceUid);
        keys.AddOrUpdate(DicomTag.SeriesInstanceUID, sent.SeriesInstanceUid);
        keys.AddOrUpdate(DicomTag.SOPInstanceUID, sent.SopInstanceUid);
        var syntax = client.SyntaxFor(NetworkClasses.StudyRootFind);
        var isFound = false;
        var status = await client.FindAsync(NetworkClasses.StudyRootFind, Identifier.ToBytes(keys, syntax), 100, bytes => isFound |=
            Identifier.FromBytes(bytes, syntax).GetSingleValueOrDefault(DicomTag.SOPInstanceUID, "") == sent.SopInstanceUid, ct);
        return isFound
            ? new KeepAnswer.Kept(ByQuery: true)
            : new KeepAnswer.NotYet(status.Code == 0 ? "a query does not find the object" : $"the query was answered {status}");
    }
}
