using System.Net;
using System.Net.Sockets;

namespace VMUNet.Dimse.Tests;

/// <summary>A misbehaving peer: sends the bytes of a script and looks at what comes back.</summary>
internal sealed class PeerScript : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private PeerScript()
    {
    }

    public static async Task<PeerScript> ConnectAsync(int port)
    {
        var peer = new PeerScript();
        await peer._socket.ConnectAsync(IPAddress.Loopback, port);
        return peer;
    }

    public static byte[] AssociateRequest(
        string called = "ARCHIVE", string calling = "SENDER", ushort version = 1, uint maxPdu = 16_384,
        string application = PduLimits.DicomApplicationContext, IReadOnlyList<ProposedContext>? contexts = null) =>
        PduEncoder.AssociateRequest(new AssociateRequestPdu
        {
            ProtocolVersion = version,
            CalledAe = called,
            CallingAe = calling,
            ApplicationContext = application,
            Contexts = contexts ??
            [
                new(1, SopClasses.Verification, [TransferSyntaxes.ImplicitLittleEndian]),
                new(3, SopClasses.MrImage, [TransferSyntaxes.ExplicitLittleEndian]),
            ],
            User = new UserInformation { MaxPduLength = maxPdu },
        });

    public static byte[] Echo(byte context = 1) =>
        PduEncoder.Data(context, isCommand: true, isLast: true, CommandSet.EchoRequest(7).ToBytes());

    public static byte[] Store(string sopClass = SopClasses.MrImage, string instance = "1.2.3") =>
        PduEncoder.Data(3, isCommand: true, isLast: true, CommandSet.StoreRequest(9, sopClass, instance).ToBytes());

    public async Task SendAsync(params byte[][] pdus)
    {
        foreach (var pdu in pdus)
        {
            await _socket.SendAsync(pdu);
        }
    }

    /// <summary>Associates and expects to be accepted.</summary>
    public async Task AssociateAsync()
    {
        await SendAsync(AssociateRequest());
        var answer = await ReceiveAsync();
        Assert.Equal(2, answer![0]);
    }

    /// <summary>Next PDU, or null when the other side has closed.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        var header = await ReadAsync(6);
        if (header is null)
        {
            return null;
        }

        var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(2));
        return [.. header, .. (await ReadAsync(length))!];
    }

    /// <summary>Everything until the other side closes.</summary>
    public async Task<byte[]> ReceiveAllAsync()
    {
        var all = new MemoryStream();
        var buffer = new byte[4_096];
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            for (int count; (count = await _socket.ReceiveAsync(buffer, late.Token)) > 0;)
            {
                all.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            return all.ToArray(); // a reset ends a connection as well
        }

        return all.ToArray();
    }

    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]?> ReadAsync(int length)
    {
        var bytes = new byte[length];
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (var at = 0; at < length;)
        {
            var count = await _socket.ReceiveAsync(bytes.AsMemory(at), late.Token);
            if (count == 0)
            {
                return null;
            }

            at += count;
        }

        return bytes;
    }
}
