using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace VMUNet.Benchmarks.Listener;

/// <summary>The least that a durable receiver must do: receive, hash, write, flush to disk, answer. It knows no DICOM.
/// Its
/// speed and processor time are what the listener is measured against.</summary>
internal static class BareReceiver
{
    private const int Chunk = 131_072;

    /// <summary>Listens on a free port, which it prints, until it is killed.</summary>
    public static async Task RunAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine($"ready {((IPEndPoint)listener.LocalEndpoint).Port}");
        while (true)
        {
            var socket = await listener.AcceptSocketAsync();
            _ = Task.Run(() => ServeAsync(socket, folder));
        }
    }

    /// <summary>Sends objects one after the other and waits for each answer.</summary>
    public static async Task SendAsync(int port, IEnumerable<byte[]> objects)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var answer = new byte[1];
        foreach (var bytes in objects)
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            await socket.SendAsync(length);
            await socket.SendAsync(bytes);
            if (await socket.ReceiveAsync(answer) != 1)
            {
                throw new IOException("the bare receiver ended");
            }
        }
    }

    private static async Task ServeAsync(Socket socket, string folder)
    {
        using var owned = socket;
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket);
        var buffer = new byte[Chunk];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (await stream.ReadAtLeastAsync(buffer.AsMemory(0, 4), 4, throwOnEndOfStream: false) == 4)
        {
            var left = BinaryPrimitives.ReadInt32BigEndian(buffer);
            var name = Path.Combine(folder, Guid.NewGuid().ToString("N"));
            await using (var file = new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
            {
                while (left > 0)
                {
                    var count = await stream.ReadAsync(buffer.AsMemory(0, Math.Min(left, Chunk)));
                    hash.AppendData(buffer, 0, count);
                    await file.WriteAsync(buffer.AsMemory(0, count));
                    left -= count;
                }

                file.Flush(flushToDisk: true);
            }

            _ = hash.GetHashAndReset();
            await stream.WriteAsync(buffer.AsMemory(0, 1));
        }
    }
}
