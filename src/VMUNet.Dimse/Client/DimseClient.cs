using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace VMUNet.Dimse;

/// <summary>
/// A DICOM service class user: one association, one request at a time. Not safe for use by two callers at once.
/// Every failure of the peer or the network is a <see cref="DimseClientException"/>.
/// </summary>
public sealed partial class DimseClient : IAsyncDisposable
{
    private const int PreferredValue = 131_072 - 6;

    private readonly DimseClientOptions _options;
    private readonly PduConnection _connection;
    private readonly UpperLayer _upperLayer;
    private MessageChannel? _channel;
    private int _maxValue;
    private ushort _messageId;

    private DimseClient(DimseClientOptions options, PduConnection connection)
    {
        (_options, _connection) = (options, connection);
        _upperLayer = new UpperLayer(connection, isRequestor: true);
    }

    /// <summary>Contexts that the peer accepted.</summary>
    public IReadOnlyList<ContextAnswer> AcceptedContexts { get; private set; } = [];

    /// <summary>Connects and makes the association.</summary>
    /// <exception cref="DimseClientException">No connection, a rejection, or no legal answer in time.</exception>
    public static async Task<DimseClient> ConnectAsync(DimseClientOptions options, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!AeTitle.IsValid(options.CalledAe) || !AeTitle.IsValid(options.CallingAe))
        {
            throw new ArgumentException("An AE title has 1 to 16 printable characters without backslash.", nameof(options));
        }

        if (options.Contexts.Count is 0 or > PduLimits.MaxContexts)
        {
            throw new ArgumentException("An association proposes 1 to 128 presentation contexts.", nameof(options));
        }

        var socket = await OpenAsync(options, ct);
        var limits = new PeerLimits
        {
            MaxPduLength = options.MaxPduLength,
            Idle = options.ResponseTimeout,
            Write = options.WriteTimeout,
        };
        var stream = await SecureAsync(new NetworkStream(socket, ownsSocket: true), options, ct);
        var client = new DimseClient(
            options, new PduConnection(stream, limits, options.Time, () => DimseServer.CloseSendingAsync(socket, stream)));
        try
        {
            await client.AssociateAsync(limits, ct);
            return client;
        }
        catch (Exception)
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>True when an accepted context carries this class in this transfer syntax.</summary>
    public bool CanStore(string sopClass, string transferSyntax) => ContextFor(sopClass, transferSyntax) is not null;

    /// <summary>C-ECHO.</summary>
    /// <returns>The status, 0 for success.</returns>
    public async Task<ushort> EchoAsync(CancellationToken ct)
    {
        var context = ContextFor(SopClasses.Verification, null) ?? throw NotAccepted(SopClasses.Verification, "any");
        return await GuardAsync(async () =>
        {
            var request = CommandSet.EchoRequest(++_messageId);
            await _channel!.SendCommandAsync(context.Id, request, _maxValue, ct);
            return (await ResponseAsync(request, _options.ResponseTimeout, ct)).Code;
        });
    }

    /// <summary>C-STORE of one data set, without preamble and file meta information, in the transfer syntax given.</summary>
    /// <param name="sopClass">SOP class of the data set.</param>
    /// <param name="sopInstance">SOP instance UID of the data set.</param>
    /// <param name="transferSyntax">Transfer syntax of the bytes; nothing is transcoded.</param>
    /// <param name="dataset">The bytes, from its current position.</param>
    /// <param name="length">How many bytes to send, more than 0.</param>
    /// <param name="ct">Cancels by aborting the association.</param>
    public async Task<DimseStatus> StoreAsync(
        string sopClass, string sopInstance, string transferSyntax, Stream dataset, long length, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var context = ContextFor(sopClass, transferSyntax) ?? throw NotAccepted(sopClass, transferSyntax);
        return await GuardAsync(async () =>
        {
            var request = CommandSet.StoreRequest(++_messageId, sopClass, sopInstance);
            await _channel!.SendCommandAsync(context.Id, request, _maxValue, ct);
            await SendDataSetAsync(context.Id, dataset, length, ct);
            var extra = TimeSpan.FromSeconds(length / (10.0 * 1024 * 1024));
            return await ResponseAsync(request, _options.ResponseTimeout + extra, ct);
        });
    }

    /// <summary>Releases the association in good order and closes. A peer that does not answer is closed on.</summary>
    public async Task ReleaseAsync(CancellationToken ct)
    {
        if (_upperLayer.State != UpperLayerState.Established)
        {
            return;
        }

        try
        {
            await _upperLayer.RequestReleaseAsync(ct);
            while (await _upperLayer.ReceiveAsync(_options.ReleaseTimeout, insideMessage: false, ct) is Indication.Data)
            {
                continue; // PS3.8 table 9-10, Evt10 in Sta7: data may still be on its way
            }
        }
        catch (TransportEnded)
        {
            return; // the peer closed first; there is nothing left to release
        }
    }

    /// <summary>Closes; aborts first when the association is still open.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _upperLayer.AbortAsync(AbortReason.NotSpecified, CancellationToken.None);
        }
        catch (IOException)
        {
            return; // the connection is broken already
        }
        finally
        {
            _connection.Dispose();
        }
    }

    private static async Task<Socket> OpenAsync(DimseClientOptions options, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var late = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, either.Token);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            ct.ThrowIfCancellationRequested();
            var why = e is SocketException broken ? broken.Message : "no answer in time";
            throw new DimseClientException(
                DimseClientFault.CannotConnect, $"Cannot connect to {options.Host}:{options.Port}: {why}.", e);
        }
    }

    private static async Task<Stream> SecureAsync(NetworkStream network, DimseClientOptions options, CancellationToken ct)
    {
        if (options.Tls is not { } credentials)
        {
            return network;
        }

        var secure = new SslStream(network, leaveInnerStreamOpen: false);
        using var late = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            await secure.AuthenticateAsClientAsync(credentials.ForClient(options.Host), either.Token);
            return secure;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            await secure.DisposeAsync();
            ct.ThrowIfCancellationRequested();
            var why = e is OperationCanceledException ? "no handshake in time" : (e.InnerException ?? e).Message;
            throw new DimseClientException(
                DimseClientFault.CannotSecure, $"No TLS with {options.Host}:{options.Port}: {why}", e);
        }
    }

    private async Task AssociateAsync(PeerLimits limits, CancellationToken ct)
    {
        var proposed = _options.Contexts
            .Select((c, i) => new ProposedContext((byte)((2 * i) + 1), c.AbstractSyntax, c.TransferSyntaxes))
            .ToList();
        await GuardAsync(async () =>
        {
            await _upperLayer.RequestAsync(
                new AssociateRequestPdu
                {
                    CalledAe = _options.CalledAe.Trim(),
                    CallingAe = _options.CallingAe.Trim(),
                    Contexts = proposed,
                    User = new UserInformation { MaxPduLength = (uint)_options.MaxPduLength },
                },
                ct);
            var indication = await _upperLayer.ReceiveAsync(_options.AssociationTimeout, insideMessage: false, ct);
            var accept = indication switch
            {
                Indication.AssociateAccepted accepted => accepted.Pdu,
                Indication.AssociateRejected rejected => throw new DimseClientException(rejected.Reason),
                Indication.Ended ended => throw Lost(ended),
                _ => throw Lost(new Indication.Ended(AssociationEnd.ProtocolError, "unexpected answer")),
            };
            TakeAnswers(proposed, accept, limits);
            return true;
        });
    }

    private void TakeAnswers(List<ProposedContext> proposed, AssociateAcceptPdu accept, PeerLimits limits)
    {
        // Only what we proposed, and in a syntax that we proposed, counts.
        AcceptedContexts = [.. accept.Contexts
            .Where(a => a.Result == ContextResult.Accepted)
            .DistinctBy(a => a.Id)
            .Join(proposed, a => a.Id, p => p.Id, (a, p) => (Answer: a, Proposed: p))
            .Where(pair => pair.Proposed.TransferSyntaxes.Contains(pair.Answer.TransferSyntax))
            .Select(pair => pair.Answer with { AbstractSyntax = pair.Proposed.AbstractSyntax })];
        var peerMax = accept.User.MaxPduLength;
        _maxValue = peerMax == 0 ? PreferredValue : (int)Math.Min(PreferredValue, Math.Max(7, peerMax) - 6);
        _channel = new MessageChannel(_upperLayer, limits, AcceptedContexts.ToDictionary(a => a.Id));
    }

    private async Task SendDataSetAsync(byte contextId, Stream dataset, long length, CancellationToken ct)
    {
        var pdu = ArrayPool<byte>.Shared.Rent(PduEncoder.DataHeaderLength + (int)Math.Min(_maxValue, length));
        for (var left = length; left > 0;)
        {
            var count = (int)Math.Min(_maxValue, left);
            await ReadOrAbortAsync(dataset, pdu.AsMemory(PduEncoder.DataHeaderLength, count), ct);
            left -= count;
            PduEncoder.WriteDataHeader(pdu, contextId, isCommand: false, isLast: left == 0, count);
            await _upperLayer.SendDataAsync(pdu.AsMemory(0, PduEncoder.DataHeaderLength + count), ct);
        }

        // Not after a failure: a write that was given up may still read from it.
        ArrayPool<byte>.Shared.Return(pdu);
    }

    private async Task ReadOrAbortAsync(Stream dataset, Memory<byte> into, CancellationToken ct)
    {
        try
        {
            await dataset.ReadExactlyAsync(into, ct);
        }
        catch (IOException)
        {
            // Half a message is on the wire: the association cannot be used any more, and the fault is our file's.
            await _upperLayer.AbortAsync(AbortReason.NotSpecified, CancellationToken.None);
            throw;
        }
    }

    private async Task<DimseStatus> ResponseAsync(CommandSet request, TimeSpan patience, CancellationToken ct)
    {
        while (true)
        {
            var (command, end) = await _channel!.ReadCommandAsync(patience, ct);
            if (command is null)
            {
                throw Lost(end as Indication.Ended ?? await AnswerReleaseAsync(ct));
            }

            var set = command.Set;
            if (set.HasDataSet)
            {
                await _channel.OpenDataSet(command.Context).DrainAsync(PduLimits.MaxSendPdu, ct);
            }

            // PS3.7: a response that matches nothing is ignored.
            if (set.Field == (request.Field | CommandField.ResponseBit) && set.RespondedTo == request.MessageId)
            {
                return new DimseStatus(set.Status, set.ErrorComment);
            }
        }
    }

    private async Task<Indication.Ended> AnswerReleaseAsync(CancellationToken ct)
    {
        await _upperLayer.AnswerReleaseAsync(ct);
        return new Indication.Ended(AssociationEnd.ConnectionClosed, "the peer released the association");
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return _channel is null || _upperLayer.State == UpperLayerState.Established
                ? await work()
                : throw new DimseClientException(DimseClientFault.AssociationLost, "The association is over.");
        }
        catch (TransportEnded e)
        {
            throw new DimseClientException(DimseClientFault.AssociationLost, "The connection was lost.", e);
        }
        catch (AssociationLostException e)
        {
            throw new DimseClientException(DimseClientFault.AssociationLost, $"The association was lost: {e.Message}.", e);
        }
    }

    private ContextAnswer? ContextFor(string sopClass, string? transferSyntax) => AcceptedContexts.FirstOrDefault(
        c => c.AbstractSyntax == sopClass && (transferSyntax is null || c.TransferSyntax == transferSyntax));

    private static DimseClientException NotAccepted(string sopClass, string transferSyntax) => new(
        DimseClientFault.ContextNotAccepted,
        $"The peer accepts no presentation context for SOP class {sopClass} in transfer syntax {transferSyntax}.");

    private static DimseClientException Lost(Indication.Ended ended) => ended.End switch
    {
        AssociationEnd.IdleTooLong => new(DimseClientFault.NoAnswer, "The peer did not answer in time."),
        AssociationEnd.ProtocolError => new(DimseClientFault.ProtocolError, $"The peer broke the protocol: {ended.Why}."),
        _ => new(DimseClientFault.AssociationLost, $"The association was lost: {ended.Why}."),
    };
}
