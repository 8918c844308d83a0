namespace VMUNet.Dimse.Tests;

public sealed class PduConnectionTests
{
    private const int Value = 120_000;

    [Fact]
    public async Task A_read_takes_the_rest_of_a_pdu_and_the_next_header_and_no_more()
    {
        var pdus = Enumerable.Range(0, 4).Select(i => PduEncoder.Data(1, false, i == 3, Bytes(i))).ToArray();
        await using var network = new GreedyStream([.. pdus.SelectMany(p => p)]);
        using var connection = new PduConnection(network, new PeerLimits(), TimeProvider.System, () => Task.CompletedTask);

        for (var i = 0; i < pdus.Length; i++)
        {
            var frame = await connection.ReadAsync(TimeSpan.FromSeconds(5), insideMessage: true, CancellationToken.None);

            Assert.Equal(PduType.Data, frame.Type);
            Assert.True(frame.Body.Span.SequenceEqual(pdus[i].AsSpan(PduLimits.HeaderLength)));
            var end = pdus.Take(i + 1).Sum(p => p.Length);
            Assert.InRange(network.Position, end, Math.Min(network.Length, end + PduLimits.HeaderLength));
        }
    }

    [Fact]
    public async Task A_message_of_small_pdus_is_read_at_once()
    {
        var pdus = Enumerable.Range(0, 4).Select(i => PduEncoder.Data(1, true, i == 3, [1, 2, 3])).SelectMany(p => p).ToArray();
        await using var network = new GreedyStream(pdus);
        using var connection = new PduConnection(network, new PeerLimits(), TimeProvider.System, () => Task.CompletedTask);

        for (var i = 0; i < 4; i++)
        {
            await connection.ReadAsync(TimeSpan.FromSeconds(5), insideMessage: false, CancellationToken.None);
        }

        Assert.Equal(1, network.Reads);
    }

    private static byte[] Bytes(int seed)
    {
        var bytes = new byte[Value];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Gives as much as is asked for, and counts.</summary>
    private sealed class GreedyStream(byte[] bytes) : MemoryStream(bytes)
    {
        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
