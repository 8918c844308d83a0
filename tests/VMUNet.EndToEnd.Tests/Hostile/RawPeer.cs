using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VMUNet.EndToEnd.Tests.Hostile;

/// <summary>A peer that sends bytes of its own making: it shares no code with the network room that it
/// attacks.</summary>
internal sealed class RawPeer : IDisposable
{
    public const string Verification = "1.2.840.10008.1.1";
    public const string MrImage = "1.2.840.10008.5.1.4.1.1.4";
    public const string Implicit = "1.2.840.10008.1.2";
    public const string Explicit = "1.2.840.10008.1.2.1";
    public const string ApplicationContext = "1.2.840.10008.3.1.1.1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public static async Task<RawPeer> ConnectAsync(int port)
    {
        var peer = new RawPeer();
        await peer._socket.ConnectAsync(IPAddress.Loopback, port);
        return peer;
    }

    /// <summary>Sends what the other side takes; one that has closed already is no fault here.</summary>
    public async Task SendAsync(params byte[][] parts)
    {
        try
        {
            foreach (var part in parts)
            {
                await _socket.SendAsync(part);
            }
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>Sends one byte after the other with pauses, until the other side answers or closes.</summary>
    public async Task DripAsync(byte[] bytes, TimeSpan pause)
    {
        foreach (var value in bytes)
        {
            if (_socket.Poll(0, SelectMode.SelectRead))
            {
                return;
            }

            await SendAsync([value]);
            await Task.Delay(pause);
        }
    }

    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset instead of a farewell.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <summary>Associates as usual: context 1 verification, 3 MR explicit, 5 MR implicit.</summary>
    public async Task AssociateAsync()
    {
        await SendAsync(Associate());
        Assert.StartsWith("accept", await OutcomeAsync(), StringComparison.Ordinal);
    }

    /// <summary>What comes next: "accept RESULTS", "reject R/S/D", "abort S/R", "status XXXX", "release",
    /// "closed".</summary>
    public async Task<string> OutcomeAsync()
    {
        using var late = new CancellationTokenSource(Patience);
        try
        {
            var header = await ReadAsync(6, late.Token);
            if (header is null || await ReadAsync(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(2)),
                late.Token) is not { } body)
            {
                return "closed";
            }

            return header[0] switch
            {
                2 => "accept " + string.Join(",", Results(body)),
                3 => $"reject {body[1]}/{body[2]}/{body[3]}",
                4 => $"status {Status(body):X4}",
                6 => "release",
                7 => $"abort {body[2]}/{body[3]}",
                _ => $"PDU {header[0]}",
            };
        }
        catch (SocketException)
        {
            return "closed";
        }
        catch (OperationCanceledException)
        {
            return "nothing";
        }
    }

    /// <summary>Body of the next PDU.</summary>
    public async Task<byte[]> BodyAsync()
    {
        using var late = new CancellationTokenSource(Patience);
        var header = await ReadAsync(6, late.Token) ?? [];
        return await ReadAsync(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(2)), late.Token) ?? [];
    }

    /// <summary>Sends the same again and again and reads nothing.</summary>
    /// <returns>True when the other side ended the connection in time.</returns>
    public async Task<bool> FloodAsync(byte[] bytes, TimeSpan atMost)
    {
        using var late = new CancellationTokenSource(atMost);
        try
        {
            while (true)
            {
                await _socket.SendAsync(bytes, late.Token);
            }
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public static byte[] Pdu(byte type, params byte[][] parts)
    {
        var body = parts.SelectMany(p => p).ToArray();
        return [type, 0, .. Big((uint)body.Length), .. body];
    }

    public static byte[] Item(byte type, params byte[][] parts)
    {
        var body = parts.SelectMany(p => p).ToArray();
        return [type, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

    public static byte[] Context(byte id, string abstractSyntax, params string[] syntaxes) => Item(0x20,
        [[id, 0, 0, 0], Item(0x30, Ascii(abstractSyntax)), .. syntaxes.Select(s => Item(0x40, Ascii(s)))]);

    public static byte[] MaxLength(uint length) => Item(0x51, Big(length));

    /// <summary>An A-ASSOCIATE-RQ; contexts and user items are given as bytes.</summary>
    public static byte[] Associate(string called = "VMUNET", string calling = "ATTACKER", ushort version = 1,
        string? application = ApplicationContext, byte[][]? contexts = null, byte[][]? user = null) => Pdu(1,
        [
            [(byte)(version >> 8), (byte)version, 0, 0], Title(called), Title(calling), new byte[32],
            application is null ? [] : Item(0x10, Ascii(application)),
            .. contexts ?? [Context(1, Verification, Implicit), Context(3, MrImage, Explicit),
                Context(5, MrImage, Implicit)],
            Item(0x50, user ?? [MaxLength(16384), Item(0x52, Ascii("2.25.1"))]),
        ]);

    public static byte[] Pdv(byte context, bool isCommand, bool isLast, byte[] data) =>
        [.. Big((uint)data.Length + 2), context, (byte)((isCommand ? 1 : 0) | (isLast ? 2 : 0)), .. data];

    public static byte[] Value(byte context, bool isCommand, bool isLast, byte[] data) =>
        Pdu(4, Pdv(context, isCommand, isLast, data));

    /// <summary>A command set with group length; elements in implicit little endian.</summary>
    public static byte[] Command(params byte[][] elements)
    {
        var body = elements.SelectMany(e => e).ToArray();
        return [.. Element(0, Little32((uint)body.Length)), .. body];
    }

    public static byte[] Element(ushort element, byte[] value) =>
        [0, 0, (byte)element, (byte)(element >> 8), .. Little32((uint)value.Length), .. value];

    public static byte[] Echo(byte context = 1, ushort field = 0x0030, string sopClass = Verification) =>
        Value(context, true, true, Command(
            Element(0x0002, Uid(sopClass)), Element(0x0100, Little16(field)), Element(0x0110, Little16(7)),
            Element(0x0800, Little16(0x0101))));

    public static byte[] Store(byte context = 3, string sopClass = MrImage, string instance = "1.2.3.4",
        ushort type = 1) =>
        Value(context, true, true, Command(
            Element(0x0002, Uid(sopClass)), Element(0x0100, Little16(1)), Element(0x0110, Little16(9)),
            Element(0x0700, Little16(0)), Element(0x0800, Little16(type)), Element(0x1000, Uid(instance))));

    /// <summary>A data set in P-DATA of at most 100 kB each.</summary>
    public static byte[][] DataSet(byte context, byte[] bytes)
    {
        const int part = 100_000;
        var count = Math.Max(1, (bytes.Length + part - 1) / part);
        return [.. Enumerable.Range(0, count).Select(i =>
            Value(context, false, i == count - 1, bytes[(i * part)..Math.Min(bytes.Length, (i + 1) * part)]))];
    }

    public static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);

    public static byte[] Uid(string uid) => Ascii(uid.Length % 2 == 0 ? uid : uid + "\0");

    public static byte[] Little16(ushort value) => [(byte)value, (byte)(value >> 8)];

    public static byte[] Little32(uint value) =>
        [(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)];

    public void Dispose() => _socket.Dispose();

    private static byte[] Big(uint value) =>
        [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    public static byte[] Title(string title) => Ascii(title.PadRight(16)[..16]);

    private static IEnumerable<int> Results(byte[] accept)
    {
        for (var at = 68; at + 4 <= accept.Length;
            at += 4 + BinaryPrimitives.ReadUInt16BigEndian(accept.AsSpan(at + 2)))
        {
            if (accept[at] == 0x21)
            {
                yield return accept[at + 6];
            }
        }
    }

    private static int Status(byte[] data)
    {
        for (var at = 6; at + 8 <= data.Length; at += 8 + BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(at + 4)))
        {
            if (data[at + 2] == 0 && data[at + 3] == 9)
            {
                return BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(at + 8));
            }
        }

        return -1;
    }

    private async Task<byte[]?> ReadAsync(int length, CancellationToken ct)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var count = await _socket.ReceiveAsync(bytes.AsMemory(at), ct);
            if (count == 0)
            {
                return null;
            }

            at += count;
        }

        return bytes;
    }
}
