using System.Net;
using CsCheck;

namespace VMUNet.Dimse.Tests;

/// <summary>What a peer that breaks the rules gets: the right abort or rejection, nothing after it, and no harm to others.</summary>
public sealed class HostilePeerTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(300);

    public static TheoryData<string, byte[][], int> BeforeAssociation() => new()
    {
        { "data", [PeerScript.Echo()], 2 },
        { "release", [PduEncoder.ReleaseRequest()], 2 },
        { "accept from a requestor", [Pdu(2, new byte[68])], 2 },
        { "rejection from a requestor", [Pdu(3, new byte[4])], 2 },
        { "unknown PDU", [Pdu(0x47, new byte[10])], 1 },
        { "request of 4 GB", [[1, 0, 0xFF, 0xFF, 0xFF, 0xFF]], 6 },
        { "request over 256 kB", [[1, 0, 0, 4, 0, 1]], 6 },
        { "request of 67 bytes", [Pdu(1, new byte[67])], 6 },
        { "request without items", [Pdu(1, new byte[68])], 6 },
        { "item longer than its parent", [Damaged(70, 0xFF)], 6 },
        { "even context number", [PeerScript.AssociateRequest(contexts: [new(2, "1.2", ["1.2"])])], 6 },
        { "repeated context number", [PeerScript.AssociateRequest(contexts: [new(1, "1.2", ["1.2"]), new(1, "1.3", ["1.2"])])], 6 },
        { "65 transfer syntaxes", [PeerScript.AssociateRequest(contexts: [new(1, "1.2", [.. Enumerable.Repeat("1.2", 65)])])], 6 },
        { "context without transfer syntax", [PeerScript.AssociateRequest(contexts: [new(1, "1.2", [])])], 6 },
        { "no context", [PeerScript.AssociateRequest(contexts: [])], 6 },
    };

    [Theory]
    [MemberData(nameof(BeforeAssociation))]
    public async Task Before_an_association_it_is_aborted_with_the_reason(string what, byte[][] script, int reason)
    {
        await using var server = new Recorder();
        using var peer = await PeerScript.ConnectAsync(server.Port);

        await peer.SendAsync(script);
        var answer = await peer.ReceiveAllAsync();

        Assert.True(answer.SequenceEqual(PduEncoder.Abort((AbortReason)reason)), $"{what}: {Convert.ToHexString(answer)}");
        await server.StillAnswersAsync();
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("contexts")]
    [InlineData("transfer syntaxes")]
    [InlineData("user items")]
    public async Task A_request_beyond_a_limit_that_a_site_has_set_is_aborted_and_one_within_it_accepted(string what)
    {
        // Two contexts with one transfer syntax each, and four user items at most.
        var length = PeerScript.AssociateRequest().Length - 6;
        DimseServerOptions Options(int less) => what switch
        {
            "bytes" => new() { MaxAssociateLength = length - less },
            "contexts" => new() { MaxContexts = 2 - less },
            "transfer syntaxes" => new() { MaxTransferSyntaxes = 1 - less },
            _ => new() { MaxUserItems = less == 0 ? 4 : 0 },
        };
        await using var wide = new Recorder(Options(less: 0));
        await using var narrow = new Recorder(Options(less: 1));
        using var accepted = await PeerScript.ConnectAsync(wide.Port);
        using var refused = await PeerScript.ConnectAsync(narrow.Port);

        await accepted.AssociateAsync();
        await refused.SendAsync(PeerScript.AssociateRequest());

        Assert.Equal(PduEncoder.Abort(AbortReason.InvalidParameterValue), await refused.ReceiveAllAsync());
    }

    public static TheoryData<string, byte[][], int> InsideAssociation() => new()
    {
        { "second request", [PeerScript.AssociateRequest()], 2 },
        { "accept", [Pdu(2, new byte[68])], 2 },
        { "release response", [PduEncoder.ReleaseResponse()], 2 },
        { "unknown PDU", [Pdu(0xFF, [])], 1 },
        { "PDU over the announced maximum", [[4, 0, 0, 2, 0, 7]], 6 },
        { "PDU without a value", [Pdu(4, new byte[2])], 6 },
        { "value of length 0", [Pdu(4, [0, 0, 0, 0, 1, 3])], 6 },
        { "value longer than its PDU", [Pdu(4, [0, 0, 0, 9, 1, 3])], 6 },
        { "value of length 4 G", [Pdu(4, [0xFF, 0xFF, 0xFF, 0xFF, 1, 3])], 6 },
        { "context that was not accepted", [PeerScript.Echo(context: 99)], 6 },
        { "data set without command", [PduEncoder.Data(3, false, true, [1, 2])], 2 },
        { "command set that is none", [PduEncoder.Data(1, true, true, [1, 2, 3])], 6 },
        { "command of another group", [PduEncoder.Data(1, true, true, [8, 0, 0, 0, 0, 0, 0, 0])], 6 },
        { "command set over 64 kB", [.. Enumerable.Repeat(PduEncoder.Data(1, true, false, new byte[60_000]), 2)], 6 },
        { "1001 empty fragments of a command", [.. Enumerable.Repeat(PduEncoder.Data(1, true, false, []), 1_001)], 6 },
        { "1001 empty fragments of a data set",
            [PeerScript.Store(), .. Enumerable.Repeat(PduEncoder.Data(3, false, false, []), 1_001)], 6 },
        { "command in place of the data set", [PeerScript.Store(), PeerScript.Echo()], 2 },
        { "fragment of another context", [PeerScript.Store(), PduEncoder.Data(1, false, true, [1, 2])], 2 },
        { "release inside a message", [PeerScript.Store(), PduEncoder.ReleaseRequest()], 2 },
        { "release inside a command", [PduEncoder.Data(1, true, false, [0, 0]), PduEncoder.ReleaseRequest()], 2 },
    };

    [Theory]
    [MemberData(nameof(InsideAssociation))]
    public async Task Inside_an_association_it_is_aborted_with_the_reason(string what, byte[][] script, int reason)
    {
        await using var server = new Recorder();
        using var peer = await PeerScript.ConnectAsync(server.Port);
        await peer.AssociateAsync();

        await peer.SendAsync(script);
        var answer = await peer.ReceiveAllAsync();

        Assert.True(answer.SequenceEqual(PduEncoder.Abort((AbortReason)reason)), $"{what}: {Convert.ToHexString(answer)}");
        await server.StillAnswersAsync();
        Assert.Equal(AssociationEnd.ProtocolError, Assert.Single(server.Ends, e => e != AssociationEnd.Released));
    }

    public static TheoryData<string, byte[], byte[]> Rejections() => new()
    {
        { "protocol version", PeerScript.AssociateRequest(version: 2), [1, 2, 2] },
        { "application context", PeerScript.AssociateRequest(application: "1.2.3"), [1, 1, 2] },
        { "tiny PDUs", PeerScript.AssociateRequest(maxPdu: 127), [2, 3, 2] },
        { "by the handler", PeerScript.AssociateRequest(called: "NOBODY"), [1, 1, 7] },
    };

    [Theory]
    [MemberData(nameof(Rejections))]
    public async Task A_rejection_gives_its_reason_and_nothing_follows_it(string what, byte[] request, byte[] reason)
    {
        await using var server = new Recorder();
        using var peer = await PeerScript.ConnectAsync(server.Port);

        await peer.SendAsync(request, PeerScript.Echo(), PeerScript.Echo());
        peer.CloseSending();
        var answer = await peer.ReceiveAllAsync();

        Assert.True(answer.SequenceEqual((byte[])[3, 0, 0, 0, 0, 4, 0, .. reason]), $"{what}: {Convert.ToHexString(answer)}");
        Assert.Empty(server.Ends);
    }

    [Fact]
    public async Task Silence_before_the_request_is_closed_on_without_a_word()
    {
        await using var server = new Recorder(new DimseServerOptions { AssociationTimeout = s_short });
        using var peer = await PeerScript.ConnectAsync(server.Port);
        await peer.SendAsync(PeerScript.AssociateRequest()[..50]);

        var answer = await peer.ReceiveAllAsync();

        Assert.Empty(answer);
    }

    [Fact]
    public async Task An_idle_association_is_aborted()
    {
        await using var server = new Recorder(new DimseServerOptions { IdleTimeout = s_short });
        using var peer = await PeerScript.ConnectAsync(server.Port);
        await peer.AssociateAsync();

        Assert.Equal(PduEncoder.Abort(AbortReason.NotSpecified), await peer.ReceiveAllAsync());
        await server.EndedAsync(AssociationEnd.IdleTooLong);
    }

    [Fact]
    public async Task A_sender_that_trickles_inside_a_message_is_aborted()
    {
        await using var server = new Recorder(new DimseServerOptions { RateWindow = s_short });
        using var peer = await PeerScript.ConnectAsync(server.Port);
        await peer.AssociateAsync();
        await peer.SendAsync(PeerScript.Store());

        var receiving = peer.ReceiveAllAsync();
        for (var i = 0; i < 100 && !receiving.IsCompleted; i++)
        {
            await peer.SendAsync(PduEncoder.Data(3, false, false, [1, 2]));
            await Task.Delay(20);
        }

        Assert.Equal(PduEncoder.Abort(AbortReason.NotSpecified), await receiving);
        await server.EndedAsync(AssociationEnd.TooSlow);
    }

    [Fact]
    public async Task Associations_over_the_cap_of_an_address_are_rejected_as_a_local_limit_until_one_ends()
    {
        await using var server = new Recorder(new DimseServerOptions { MaxAssociationsPerAddress = 2 });
        using var first = await PeerScript.ConnectAsync(server.Port);
        using var second = await PeerScript.ConnectAsync(server.Port);
        await first.AssociateAsync();
        await second.AssociateAsync();

        using var third = await PeerScript.ConnectAsync(server.Port);
        await third.SendAsync(PeerScript.AssociateRequest());
        var answer = await third.ReceiveAsync();
        await first.SendAsync(PduEncoder.ReleaseRequest());
        await first.ReceiveAsync();
        await server.EndedAsync(AssociationEnd.Released);

        Assert.Equal([3, 0, 0, 0, 0, 4, 0, 2, 3, 2], answer!);
        await server.StillAnswersAsync();
    }

    [Fact]
    public async Task Of_too_many_connections_without_association_the_oldest_is_closed()
    {
        await using var server = new Recorder(new DimseServerOptions { MaxPendingPerAddress = 2 });
        using var first = await PeerScript.ConnectAsync(server.Port);
        using var second = await PeerScript.ConnectAsync(server.Port);
        using var third = await PeerScript.ConnectAsync(server.Port);

        Assert.Empty(await first.ReceiveAllAsync());
        await third.AssociateAsync();
    }

    [Fact]
    public async Task A_message_in_the_smallest_fragments_arrives_whole()
    {
        await using var server = new Recorder();
        using var peer = await PeerScript.ConnectAsync(server.Port);
        await peer.AssociateAsync();
        var command = CommandSet.StoreRequest(9, SopClasses.MrImage, "1.2.3").ToBytes();
        byte[] dataSet = [1, 2, 3, 4, 5];

        for (var i = 0; i < command.Length; i++)
        {
            await peer.SendAsync(PduEncoder.Data(3, true, i == command.Length - 1, command.AsSpan(i, 1)));
        }

        foreach (var value in dataSet)
        {
            // Empty ones are as many as they may be, and each byte begins the count anew.
            await peer.SendAsync(
                [.. Enumerable.Repeat(PduEncoder.Data(3, false, false, []), 1_000).Append(PduEncoder.Data(3, false, false, [value]))]);
        }

        await peer.SendAsync(PduEncoder.Data(3, false, true, []));
        var answer = await peer.ReceiveAsync();

        var response = CommandSet.Parse(answer.AsSpan(12));
        Assert.Equal((0x8001, 9, 0), (response.Field, response.RespondedTo, response.Status));
        Assert.Equal((SopClasses.MrImage, "1.2.3"), (response.AffectedSopClass, response.AffectedSopInstance));
        Assert.Equal(dataSet, Assert.Single(server.Stored));
    }

    [Fact]
    public async Task Command_and_data_set_in_one_PDU_and_two_requests_in_one_write_are_both_answered()
    {
        await using var server = new Recorder();
        using var peer = await PeerScript.ConnectAsync(server.Port);
        await peer.AssociateAsync();
        byte[] both = [.. PeerScript.Store(), .. PduEncoder.Data(3, false, true, [1, 2])];
        byte[] one = Pdu(4, [.. PeerScript.Store()[6..], .. PduEncoder.Data(3, false, true, [3, 4])[6..]]);

        await peer.SendAsync([.. both, .. one]);

        Assert.NotNull(await peer.ReceiveAsync());
        Assert.NotNull(await peer.ReceiveAsync());
        Assert.Equal<byte[]>([[1, 2], [3, 4]], server.Stored);
    }

    [Fact]
    public async Task An_unknown_operation_and_a_class_on_the_wrong_context_get_their_status()
    {
        await using var server = new Recorder();
        using var peer = await PeerScript.ConnectAsync(server.Port);
        await peer.AssociateAsync();
        var find = CommandSet.EchoRequest(3).ToBytes();
        find[find.AsSpan().IndexOf<byte>([0, 0, 0, 1, 2, 0, 0, 0]) + 8] = 0x20;

        await peer.SendAsync(PduEncoder.Data(1, true, true, find));
        var unknown = CommandSet.Parse((await peer.ReceiveAsync()).AsSpan(12));
        await peer.SendAsync(PeerScript.Store(SopClasses.CtImage), PduEncoder.Data(3, false, true, [1, 2]));
        var wrong = CommandSet.Parse((await peer.ReceiveAsync()).AsSpan(12));

        Assert.Equal(0x0211, unknown.Status);
        Assert.Equal(0x0122, wrong.Status);
    }

    [Fact]
    public async Task A_handler_that_throws_is_answered_0110_with_a_correlation_id_only()
    {
        await using var server = new Recorder { Throws = new InvalidOperationException("secret /path") };
        using var peer = await PeerScript.ConnectAsync(server.Port);
        await peer.AssociateAsync();

        await peer.SendAsync(PeerScript.Store(), PduEncoder.Data(3, false, true, [1, 2]), PeerScript.Echo());
        var failed = CommandSet.Parse((await peer.ReceiveAsync()).AsSpan(12));
        var echo = CommandSet.Parse((await peer.ReceiveAsync()).AsSpan(12));

        Assert.Equal(0x0110, failed.Status);
        Assert.Matches("^correlation [0-9a-f]{12}$", failed.ErrorComment);
        Assert.Equal(0, echo.Status);
    }

    [Fact]
    public async Task A_handler_that_throws_while_it_judges_ends_that_connection_only()
    {
        await using var server = new Recorder { ThrowsForCalledAe = "TROUBLE" };
        using var peer = await PeerScript.ConnectAsync(server.Port);

        await peer.SendAsync(PeerScript.AssociateRequest(called: "TROUBLE"));

        Assert.Empty(await peer.ReceiveAllAsync());
        await server.StillAnswersAsync();
        Assert.Equal(AssociationEnd.InternalError, Assert.Single(server.Refusals));
    }

    [Fact]
    public async Task Any_bytes_leave_the_server_alive_and_answering_C_ECHO()
    {
        await using var server = new Recorder(new DimseServerOptions
        {
            AssociationTimeout = TimeSpan.FromSeconds(2),
        });
        byte[][] legal = [PeerScript.AssociateRequest(), PeerScript.Store(), PduEncoder.Data(3, false, true, new byte[200])];
        var script = legal.SelectMany(p => p).ToArray();
        var damage = Gen.Select(Gen.Int[0, script.Length - 1], Gen.Byte).Array[0, 8];

        await Gen.OneOf(
            Gen.Byte.Array[0, 600],
            damage.Select(d => Apply(script, d))).SampleAsync(async bytes =>
        {
            using var peer = await PeerScript.ConnectAsync(server.Port);
            await peer.SendAsync(bytes);
            peer.CloseSending();
            await peer.ReceiveAllAsync();
        }, iter: 400, threads: 2);

        await server.StillAnswersAsync();
        Assert.Equal(0, server.OpenAssociations);
    }

    private static byte[] Apply(byte[] script, (int At, byte Value)[] damage)
    {
        var bytes = script.ToArray();
        foreach (var (at, value) in damage)
        {
            bytes[at] = value;
        }

        return bytes;
    }

    private static byte[] Damaged(int at, byte value)
    {
        var request = PeerScript.AssociateRequest();
        request[6 + at] = value;
        return request;
    }

    private static byte[] Pdu(byte type, byte[] body) =>
        [type, 0, (byte)(body.Length >> 24), (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];

    /// <summary>A server whose handler keeps what it is given.</summary>
    private sealed class Recorder : IAssociationHandler, IAsyncDisposable
    {
        private readonly DimseServer _server;
        private readonly Lock _lock = new();
        private readonly List<AssociationEnd> _ends = [];
        private readonly List<byte[]> _stored = [];

        public Recorder(DimseServerOptions? options = null)
        {
            _server = new DimseServer(
                (options ?? new DimseServerOptions()) with { Port = 0 }, this, TimeProvider.System);
            Port = _server.Start().Port;
        }

        public int Port { get; }

        public Exception? Throws { get; init; }

        public string? ThrowsForCalledAe { get; init; }

        public System.Collections.Concurrent.ConcurrentQueue<AssociationEnd> Refusals { get; } = new();

        public int OpenAssociations => _server.OpenAssociations;

        public IReadOnlyList<AssociationEnd> Ends
        {
            get
            {
                lock (_lock)
                {
                    return [.. _ends];
                }
            }
        }

        public IReadOnlyList<byte[]> Stored
        {
            get
            {
                lock (_lock)
                {
                    return [.. _stored];
                }
            }
        }

        public async Task StillAnswersAsync()
        {
            await using var client = await DimseClient.ConnectAsync(DimseClientTests.Options(Port), CancellationToken.None);
            Assert.Equal(0, await client.EchoAsync(CancellationToken.None));
            await client.ReleaseAsync(CancellationToken.None);
        }

        public async Task EndedAsync(AssociationEnd end)
        {
            for (var i = 0; i < 200 && !Ends.Contains(end); i++)
            {
                await Task.Delay(10);
            }

            Assert.Contains(end, Ends);
        }

        public AssociationVerdict Judge(AssociationRequest request) => request.CalledAe == ThrowsForCalledAe
            ? throw new InvalidOperationException("a defect of the handler")
            : request.CalledAe == "ARCHIVE"
            ? new AssociationVerdict.Accepted(ContextNegotiation.Answer(request.Contexts, _ => TransferSyntaxes.Native))
            : new AssociationVerdict.Rejected(RejectReason.CalledAeNotRecognized, "not ours");

        public Task OpenedAsync(AssociationInfo association, CancellationToken ct) => Task.CompletedTask;

        public async Task<DimseStatus> StoreAsync(
            AssociationInfo association, StoreRequest request, Stream dataSet, CancellationToken ct)
        {
            if (Throws is not null)
            {
                throw Throws;
            }

            var bytes = new MemoryStream();
            await dataSet.CopyToAsync(bytes, ct);
            lock (_lock)
            {
                _stored.Add(bytes.ToArray());
            }

            return DimseStatus.Success;
        }

        public Task ClosedAsync(AssociationInfo association, AssociationEnd how, string why)
        {
            lock (_lock)
            {
                _ends.Add(how);
            }

            return Task.CompletedTask;
        }

        public void Refused(IPAddress remoteAddress, AssociationEnd how, string why) => Refusals.Enqueue(how);

        public void Failed(AssociationInfo association, string correlationId, Exception exception)
        {
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
