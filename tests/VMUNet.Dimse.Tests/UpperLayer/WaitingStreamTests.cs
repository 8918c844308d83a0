using System.Net;
using System.Net.Sockets;

namespace VMUNet.Dimse.Tests;

public sealed class WaitingStreamTests
{
    [Fact]
    public async Task A_peer_that_takes_only_a_part_ends_the_write()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        using var socket = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await using var stream = new WaitingStream(socket, TimeSpan.FromMilliseconds(50));

        var ended = await Task.Run(() => Assert.Throws<TransportEnded>(() => stream.Write(new byte[64 * 1024 * 1024])))
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal(ReadEnd.TimedOut, ended.End);
    }
}
