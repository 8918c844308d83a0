using System.Net;
using System.Net.Sockets;
using VMUNet.Dimse;

namespace VMUNet.Benchmarks.Fuzz;

/// <summary>PDUs, command sets, streamed data sets, and whole conversations with a running server.</summary>
internal sealed class NetworkTargets : IAsyncDisposable
{
    private readonly DimseServer _server = new(
        new DimseServerOptions { MaxAssociationsPerAddress = 32, CloseTimeout = TimeSpan.FromMilliseconds(200) },
        new Swallow(), TimeProvider.System);

    private readonly int _port;

    public NetworkTargets() => _port = _server.Start().Port;

    public IEnumerable<FuzzTarget> All(byte[][] dataSets)
    {
        byte[][] requests = [Request(1), Request(60)];
        byte[] store = CommandSet.StoreRequest(9, SopClasses.MrImage, "1.2.3").ToBytes();
        byte[][] values = [PduEncoder.Data(1, true, true, store), PduEncoder.Data(3, false, true, new byte[300])];
        byte[] talk = [.. requests[0], .. values[0], .. PduEncoder.Data(3, false, true, dataSets[0])];
        byte[] echo =
            [.. requests[0], .. PduEncoder.Data(1, true, true, CommandSet.EchoRequest(1).ToBytes()),
                .. PduEncoder.ReleaseRequest()];
        yield return new("pdu.request", 30_000, [.. requests.Select(r => r[6..])], TakeRequest);
        yield return new("pdu.answer", 10_000,
            [Accept(), PduEncoder.AssociateReject(RejectReason.LocalLimitExceeded)[6..]], TakeAnswer);
        yield return new("pdu.values", 10_000, [.. values.Select(v => v[6..])], TakeValues);
        yield return new("command", 15_000, [store, CommandSet.EchoRequest(7).ToBytes()], TakeCommand);
        yield return new("skim", 20_000, dataSets, TakeStream);
        yield return new("conversation", 400, [talk, echo], Converse);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static byte[] Request(int contexts) => PduEncoder.AssociateRequest(new AssociateRequestPdu
    {
        ProtocolVersion = 1,
        CalledAe = "VMUNET",
        CallingAe = "FUZZ",
        ApplicationContext = PduLimits.DicomApplicationContext,
        Contexts =
        [
            .. Enumerable.Range(0, contexts).Select(i => new ProposedContext((byte)((2 * i) + 1),
                i == 0 ? SopClasses.Verification : SopClasses.MrImage, [.. TransferSyntaxes.Native])),
            new((byte)((2 * contexts) + 1), SopClasses.MrImage, [.. TransferSyntaxes.Native]),
        ],
        User = new UserInformation
        {
            MaxPduLength = 16_384,
            ProposesAsynchronousOperations = true,
            Roles = [new RoleSelection(SopClasses.MrImage, true, true)],
        },
    });

    private static byte[] Accept() => PduEncoder.AssociateAccept(new AssociateAcceptPdu
    {
        CalledAe = "VMUNET",
        CallingAe = "FUZZ",
        Contexts = [new(1, ContextResult.Accepted, SopClasses.Verification, TransferSyntaxes.ImplicitLittleEndian)],
        User = new UserInformation { MaxPduLength = 16_384 },
    })[6..];

    private static bool TakeRequest(byte[] bytes) => Foreseen(() =>
    {
        var pdu = PduDecoder.AssociateRequest(bytes, new PeerLimits());
        _ = AeTitle.Escape(pdu.CallingAe) + AeTitle.IsValid(pdu.CalledAe);
        var answers = ContextNegotiation.Answer(pdu.Contexts, _ => TransferSyntaxes.Native);
        if (answers.Count != pdu.Contexts.Count)
        {
            throw new PropertyBroken($"{pdu.Contexts.Count} contexts got {answers.Count} answers");
        }
    });

    /// <summary>The bytes are taken for each of the three answers.</summary>
    private static bool TakeAnswer(byte[] bytes) =>
        Foreseen(() => _ = PduDecoder.AssociateAccept(bytes, new PeerLimits()))
        | Foreseen(() => _ = PduDecoder.AssociateReject(bytes))
        | Foreseen(() => _ = PduDecoder.Abort(bytes));

    private static bool TakeValues(byte[] bytes) => Foreseen(() =>
    {
        ReadOnlyMemory<byte> body = bytes;
        while (PduDecoder.NextValue(ref body, out _))
        {
        }
    });

    private static bool TakeCommand(byte[] bytes) => Foreseen(() =>
    {
        var set = CommandSet.Parse(bytes);
        var response = CommandSet.Parse(CommandSet.Response(set, DimseStatus.Success).ToBytes());
        if (response.RespondedTo != set.MessageId)
        {
            throw new PropertyBroken("a response lost the number of its request");
        }
    });

    /// <summary>However a data set is cut, its verdict is the same.</summary>
    private static bool TakeStream(byte[] bytes)
    {
        var syntax = bytes.Length % 2 == 0 ? TransferSyntaxes.ExplicitLittleEndian
            : TransferSyntaxes.ImplicitLittleEndian;
        var whole = DataSetSkimmer.Skim(new MemoryStream(bytes), syntax, new SkimLimits());
        using var skimmer = new DataSetSkimmer(syntax, new SkimLimits());
        for (var (at, step) = (0, 1); at < bytes.Length; at += step, step = (step * 7 % 61) + 1)
        {
            skimmer.Append(bytes.AsSpan(at, Math.Min(step, bytes.Length - at)));
        }

        var cut = skimmer.Complete();
        return (whole, cut) switch
        {
            (SkimResult.Complete a, SkimResult.Complete b) when a.Header.PixelSha256 == b.Header.PixelSha256 => true,
            (SkimResult.Refused a, SkimResult.Refused b) when a == b => false,
            _ => throw new PropertyBroken($"whole {whole}, cut {cut}"),
        };
    }

    /// <summary>Sends the bytes, closes its side, and waits for the server's end.</summary>
    private bool Converse(byte[] bytes)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
        socket.Connect(IPAddress.Loopback, _port);
        var isAccepted = false;
        try
        {
            socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[8192];
            for (int count; (count = socket.Receive(answer)) > 0;)
            {
                isAccepted |= answer[0] == 2;
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset
            or SocketError.ConnectionAborted
            or SocketError.Shutdown or SocketError.NotConnected)
        {
            return isAccepted;
        }

        return isAccepted;
    }

    private static bool Foreseen(Action take)
    {
        try
        {
            take();
            return true;
        }
        catch (PduFault)
        {
            return false;
        }
    }

    private sealed class Swallow : IAssociationHandler
    {
        public AssociationVerdict Judge(AssociationRequest request) =>
            new AssociationVerdict.Accepted(ContextNegotiation.Answer(request.Contexts, _ => TransferSyntaxes.Native));

        public Task OpenedAsync(AssociationInfo association, CancellationToken ct) => Task.CompletedTask;

        public async Task<DimseStatus> StoreAsync(
            AssociationInfo association, StoreRequest request, Stream dataSet, CancellationToken ct)
        {
            await dataSet.CopyToAsync(Stream.Null, ct);
            return DimseStatus.Success;
        }

        public Task ClosedAsync(AssociationInfo association, AssociationEnd how, string why) => how
            == AssociationEnd.InternalError ? throw new PropertyBroken(why) : Task.CompletedTask;

        public void Refused(IPAddress remoteAddress, AssociationEnd how, string why)
        {
            if (how == AssociationEnd.InternalError)
            {
                Console.Error.WriteLine($"conversation: {why}");
                Environment.ExitCode = 1;
            }
        }

        public void Failed(AssociationInfo association, string correlationId, Exception exception)
        {
            Console.Error.WriteLine($"conversation: {exception}");
            Environment.ExitCode = 1;
        }
    }
}
