using VMUNet.Dimse;

namespace VMUNet.Dicom;

/// <summary>Sends DICOM files to a destination by C-STORE. Bytes go out as they stand in the file; explicit little
/// endian is rewritten to implicit where the peer takes only that.</summary>
public static class StoreScu
{
    /// <summary>Associations propose at most this many pairs of class and syntax; two contexts each stay below
    /// 128.</summary>
    private const int MaxPairs = 60;

    /// <summary>Sends files in one association (more only where over 60 different kinds come together).</summary>
    /// <param name="destination">Whom to call.</param>
    /// <param name="callingAe">Our AE title.</param>
    /// <param name="files">Part 10 files.</param>
    /// <param name="ct">Cancels by aborting the association.</param>
    /// <returns>One outcome a file, in the order given; no failure of peer or network throws.</returns>
    public static Task<IReadOnlyList<SendOutcome>> SendAsync(
        Destination destination, string callingAe, IReadOnlyList<string> files, CancellationToken ct)
    {
        return SendAsync(destination, callingAe, null, files, ct);
    }

    /// <summary>Same, with certificates for a destination over TLS.</summary>
    public static Task<IReadOnlyList<SendOutcome>> SendAsync(Destination destination, string callingAe,
        CallingTls? tls, IReadOnlyList<string> files, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return SendAsync(destination.OptionsFor(callingAe, tls), files, ct);
    }

    /// <summary>Same, with timeouts and clock given; the contexts of <paramref name="options"/> are replaced.</summary>
    public static async Task<IReadOnlyList<SendOutcome>> SendAsync(
        DimseClientOptions options, IReadOnlyList<string> files, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(files);
        var outcomes = new SendOutcome[files.Count];
        var readable = new List<(int Index, OutgoingFile File)>();
        for (var i = 0; i < files.Count; i++)
        {
            if (OutgoingFile.TryOpen(files[i], out var file, out var failure))
            {
                readable.Add((i, file));
            }
            else
            {
                outcomes[i] = new SendOutcome { File = files[i], SopInstanceUid = "", Failure = failure };
            }
        }
        var kinds = readable.Select(r => r.File.Kind).Distinct().ToList();
        foreach (var some in kinds.Chunk(MaxPairs))
        {
            var batch = readable.Where(r => some.Contains(r.File.Kind)).ToList();
            await SendBatchAsync(options with { Contexts = Contexts(some) }, batch, outcomes, ct);
        }
        return outcomes;
    }

    /// <summary>C-ECHO.</summary>
    /// <returns>The peer's answer.</returns>
    /// <exception cref="DimseClientException">No connection, a rejection, or no answer.</exception>
    public static async Task<DimseStatus> EchoAsync(Destination destination, string callingAe, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return await EchoAsync(Options(destination, callingAe), ct);
    }

    /// <summary>Same, with timeouts, TLS and clock given.</summary>
    /// <exception cref="DimseClientException">No connection, a rejection, or no answer.</exception>
    public static async Task<DimseStatus> EchoAsync(DimseClientOptions options, CancellationToken ct)
    {
        await using var client = await DimseClient.ConnectAsync(options, ct);
        var status = new DimseStatus(await client.EchoAsync(ct));
        await client.ReleaseAsync(ct);
        return status;
    }

    private static DimseClientOptions Options(Destination destination, string callingAe) =>
        destination.OptionsFor(callingAe, null);

    private static List<PresentationContextOffer> Contexts(IEnumerable<OutgoingKind> kinds)
    {
        var offers = new List<PresentationContextOffer>();
        foreach (var kind in kinds)
        {
            offers.Add(new PresentationContextOffer(kind.SopClassUid, [kind.TransferSyntaxUid]));
            if (kind.IsExplicitLittleEndian)
            {
                offers.Add(new PresentationContextOffer(kind.SopClassUid, [TransferSyntaxes.ImplicitLittleEndian]));
            }
        }
        return offers;
    }

    private static async Task SendBatchAsync(DimseClientOptions options, List<(int Index, OutgoingFile File)> batch,
        SendOutcome[] outcomes, CancellationToken ct)
    {
        var next = 0;
        try
        {
            await using var client = await DimseClient.ConnectAsync(options, ct);
            for (; next < batch.Count; next++)
            {
                var (index, file) = batch[next];
                outcomes[index] = await SendOneAsync(client, file, ct);
            }
            await client.ReleaseAsync(ct);
        }
        catch (DimseClientException e)
        {
            // what was not answered may or may not have arrived: the same SOP instance UID makes sending it again
            // harmless
            foreach (var (index, file) in batch.Skip(next))
            {
                outcomes[index] = file.Failed(e.Message, e.IsRetryable);
            }
        }
    }

    private static async Task<SendOutcome> SendOneAsync(DimseClient client, OutgoingFile file, CancellationToken ct)
    {
        var header = file.Header;
        var syntax = client.CanStore(header.SopClassUid, header.TransferSyntaxUid)
            ? header.TransferSyntaxUid
            : TransferSyntaxes.ImplicitLittleEndian;
        if (!client.CanStore(header.SopClassUid, syntax))
        {
            return file.Failed($"The peer takes no SOP class {header.SopClassUid} in transfer syntax "
                + $"{header.TransferSyntaxUid}", isRetryable: false);
        }
        try
        {
            await using var data = file.OpenDataSet(syntax);
            var status = await client.StoreAsync(
                header.SopClassUid, header.SopInstanceUid, syntax, data, data.Length - data.Position, ct);
            return new SendOutcome { File = file.Path, SopInstanceUid = header.SopInstanceUid, Status = status };
        }
        catch (Exception e) when (e is IOException or DicomException)
        {
            return file.Failed($"The file cannot be read: {e.Message}", isRetryable: false);
        }
    }
}
