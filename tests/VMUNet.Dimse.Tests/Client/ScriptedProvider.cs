using System.Net;
using System.Net.Sockets;

namespace VMUNet.Dimse.Tests;

/// <summary>A provider that accepts one association with every context, and then does what its script says.</summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Task _serving;

    public ScriptedProvider(Func<ScriptedPeer, Task> script)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _serving = ServeAsync(script);
    }

    public int Port { get; }

    public Task<DimseClient> ConnectAsync(params string[] classes) => DimseClient.ConnectAsync(
        new DimseClientOptions
        {
            Host = "127.0.0.1",
            Port = Port,
            CalledAe = "ARCHIVE",
            CallingAe = "VMUNET",
            Contexts = [.. classes.Select(c => new PresentationContextOffer(c, TransferSyntaxes.Native))],
        },
        CancellationToken.None);

    /// <summary>Answers a request; <paramref name="dataSet"/> follows it.</summary>
    public static async Task AnswerAsync(ScriptedPeer channel, Command request, ushort status, byte[]? dataSet = null)
    {
        var answer = CommandSet.Response(request.Set, new DimseStatus(status)).ToBytes();
        if (dataSet is not null)
        {
            answer = WithDataSet(answer);
        }

        await channel.SendCommandAsync(request.Context.Id, CommandSet.Parse(answer));
        if (dataSet is not null)
        {
            await channel.SendDataSetAsync(request.Context.Id, dataSet);
        }
    }

    /// <summary>An N-EVENT-REPORT request of storage commitment.</summary>
    public static CommandSet Event(ushort messageId, ushort type)
    {
        var bytes = new List<byte>();
        Add(bytes, 0x0002, System.Text.Encoding.ASCII.GetBytes(SopClasses.StorageCommitmentPush));
        Add(bytes, 0x0100, BitConverter.GetBytes(CommandField.EventReportRequest));
        Add(bytes, 0x0110, BitConverter.GetBytes(messageId));
        Add(bytes, 0x0800, BitConverter.GetBytes((ushort)1));
        Add(bytes, 0x1000, System.Text.Encoding.ASCII.GetBytes(SopClasses.StorageCommitmentPushInstance));
        Add(bytes, 0x1002, BitConverter.GetBytes(type));
        return CommandSet.Parse([0, 0, 0, 0, 4, 0, 0, 0, .. BitConverter.GetBytes(bytes.Count), .. bytes]);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
    }

    private async Task ServeAsync(Func<ScriptedPeer, Task> script)
    {
        try
        {
            using var socket = await _listener.AcceptAsync();
            var limits = new PeerLimits();
            using var connection = new PduConnection(
                new NetworkStream(socket, false), limits, TimeProvider.System, () => Task.CompletedTask);
            var upperLayer = new UpperLayer(connection, isRequestor: false);
            upperLayer.TransportAccepted();
            var asked = (Indication.AssociateRequested)await upperLayer.ReceiveAsync(limits.Association, false, CancellationToken.None);
            var answers = ContextNegotiation.Answer(asked.Pdu.Contexts, _ => TransferSyntaxes.Native);
            await upperLayer.AcceptAsync(
                new AssociateAcceptPdu { CalledAe = "ARCHIVE", CallingAe = "VMUNET", Contexts = answers }, CancellationToken.None);
            var channel = new MessageChannel(upperLayer, limits, answers.ToDictionary(a => a.Id));
            await script(new ScriptedPeer(upperLayer, channel));
            if ((await channel.ReadCommandAsync(limits.Idle, CancellationToken.None)).End is Indication.ReleaseRequested)
            {
                await upperLayer.AnswerReleaseAsync(CancellationToken.None);
                await upperLayer.FinishAsync(CancellationToken.None);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            return; // the test is over, or its client has gone
        }
    }

    private static byte[] WithDataSet(byte[] command)
    {
        for (var at = 0; at < command.Length; at += 8 + BitConverter.ToInt32(command, at + 4))
        {
            if (BitConverter.ToUInt16(command, at + 2) == 0x0800)
            {
                command[at + 8] = command[at + 9] = 0;
            }
        }

        return command;
    }

    private static void Add(List<byte> bytes, ushort element, byte[] value)
    {
        byte[] padded = value.Length % 2 == 0 ? value : [.. value, 0];
        bytes.AddRange([0, 0, (byte)element, (byte)(element >> 8), (byte)padded.Length, 0, 0, 0, .. padded]);
    }
}

/// <summary>The provider's side of the association.</summary>
internal sealed record ScriptedPeer(UpperLayer UpperLayer, MessageChannel Channel)
{
    /// <summary>Next command, its data set read and forgotten.</summary>
    public async Task<Command> NextAsync()
    {
        var (command, _) = await Channel.ReadCommandAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        if (command!.Set.HasDataSet)
        {
            await Channel.OpenDataSet(command.Context).DrainAsync(1_000_000, CancellationToken.None);
        }

        return command;
    }

    public ValueTask SendCommandAsync(byte contextId, CommandSet command) =>
        Channel.SendCommandAsync(contextId, command, 16_000, CancellationToken.None);

    /// <summary>A data set of one fragment.</summary>
    public ValueTask SendDataSetAsync(byte contextId, byte[] dataSet) =>
        UpperLayer.SendDataAsync(PduEncoder.Data(contextId, isCommand: false, isLast: true, dataSet), CancellationToken.None);
}
