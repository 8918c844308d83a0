using System.Diagnostics;

namespace VMUNet.EndToEnd.Tests.Hostile;

/// <summary>A peer that attacks the running product: each attack gets the right answer, the next association works, and
/// the process never has more than 150 MB.</summary>
public sealed class HostileInputTests(HostileListener listener) : IClassFixture<HostileListener>
{
    private const double MostMegabytes = 150;

    public static TheoryData<string> Before => [.. NetworkCases.BeforeAssociation.Keys];

    public static TheoryData<string> Inside => [.. NetworkCases.InsideAssociation.Keys];

    public static TheoryData<string> MoreBefore => [.. PduCases.BeforeAssociation.Keys];

    public static TheoryData<string> MoreInside => [.. PduCases.InsideAssociation.Keys];

    public static TheoryData<string> Commands => [.. CommandCases.InsideAssociation.Keys];

    public static TheoryData<string> DataSets => [.. DataSetCases.All.Keys];

    [Theory]
    [MemberData(nameof(Before))]
    public async Task In_place_of_an_association_request(string what)
    {
        var (script, expected) = NetworkCases.BeforeAssociation[what];
        using var peer = await RawPeer.ConnectAsync(listener.Port);

        await peer.SendAsync(script);

        await ExpectAsync(expected, await peer.OutcomeAsync());
    }

    [Theory]
    [MemberData(nameof(Inside))]
    public async Task Inside_an_association(string what)
    {
        var (script, expected) = NetworkCases.InsideAssociation[what];
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();

        await peer.SendAsync(script);

        await ExpectAsync(expected, await peer.OutcomeAsync());
    }

    [Theory]
    [MemberData(nameof(MoreBefore))]
    public async Task As_PDUs_of_a_request(string what)
    {
        var (script, expected) = PduCases.BeforeAssociation[what];
        using var peer = await RawPeer.ConnectAsync(listener.Port);

        await peer.SendAsync(script);

        await ExpectEachAsync(expected, peer);
    }

    [Theory]
    [MemberData(nameof(MoreInside))]
    public async Task As_PDUs_inside_an_association(string what)
    {
        var (script, expected) = PduCases.InsideAssociation[what];
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();

        await peer.SendAsync(script);

        await ExpectEachAsync(expected, peer);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task As_a_command(string what)
    {
        var (script, expected) = CommandCases.InsideAssociation[what];
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();

        await peer.SendAsync(script);

        await ExpectEachAsync(expected, peer);
    }

    [Theory]
    [MemberData(nameof(DataSets))]
    public async Task As_a_data_set(string what)
    {
        var (dataSet, isImplicit, expected) = DataSetCases.All[what];
        var context = (byte)(isImplicit ? 5 : 3);
        var before = listener.Stored.Length;
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();

        await peer.SendAsync(RawPeer.Store(context, instance: InstanceOf(dataSet)));
        await peer.SendAsync(RawPeer.DataSet(context, dataSet));
        var outcome = await peer.OutcomeAsync();

        await ExpectAsync(expected, outcome);
        Assert.Equal(before + (outcome == "status 0000" ? 1 : 0), listener.Stored.Length);
    }

    [Fact]
    public async Task Silence_and_half_a_request_are_closed_on()
    {
        foreach (var start in (byte[][])[[], [1], RawPeer.Associate()[..80]])
        {
            using var peer = await RawPeer.ConnectAsync(listener.Port);
            await peer.SendAsync(start);

            await ExpectAsync("closed", await peer.OutcomeAsync());
        }
    }

    [Fact]
    public async Task A_request_that_drips_is_closed_on()
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);

        await peer.DripAsync(RawPeer.Associate(), TimeSpan.FromMilliseconds(50));

        await ExpectAsync("closed", await peer.OutcomeAsync());
    }

    [Fact]
    public async Task An_object_that_drips_is_aborted()
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();
        await peer.SendAsync(RawPeer.Store());

        await peer.DripAsync([.. Enumerable.Repeat(RawPeer.Value(3, false, false, [0, 0]), 100).SelectMany(p => p)],
            TimeSpan.FromMilliseconds(20));

        await ExpectAsync("abort 2/0", await peer.OutcomeAsync());
        await NoPartsAsync();
    }

    [Fact]
    public async Task An_association_that_does_nothing_is_aborted()
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();

        await ExpectAsync("abort 2/0", await peer.OutcomeAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_socket_that_is_half_closed_or_reset_inside_an_object_leaves_nothing(bool isReset)
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();
        await peer.SendAsync(RawPeer.Store(), RawPeer.Value(3, false, false, new byte[50_000]));

        if (isReset)
        {
            peer.Reset();
        }
        else
        {
            peer.CloseSending();
            Assert.Equal("closed", await peer.OutcomeAsync());
        }

        await NoPartsAsync();
        await ExpectAsync("", "");
    }

    [Fact]
    public async Task A_thousand_requests_in_one_write_get_a_thousand_answers()
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();

        await peer.SendAsync([.. Enumerable.Repeat(RawPeer.Echo(), 1000).SelectMany(p => p)]);

        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal("status 0000", await peer.OutcomeAsync());
        }
    }

    [Fact]
    public async Task Six_senders_of_every_kept_value_in_megabytes_take_no_memory()
    {
        byte[] values = [.. new uint[] { 0x0008_0070, 0x0008_1030, 0x0008_103E, 0x0008_1090, 0x0010_0020, 0x0010_0021,
            0x0018_0015, 0x0018_1030, 0x0020_0032, 0x0020_0037, 0x0020_0052 }.SelectMany(DataSetCases.Long)];
        var peers = new List<RawPeer>();
        for (var i = 0; i < 6; i++)
        {
            var peer = await RawPeer.ConnectAsync(listener.Port);
            peers.Add(peer);
            await peer.AssociateAsync();
        }

        await Parallel.ForEachAsync(Enumerable.Range(0, peers.Count), TestContext.Current.CancellationToken, async (i, _) =>
        {
            await peers[i].SendAsync(RawPeer.Store(5, instance: "1.2.3.4"));
            await peers[i].SendAsync(RawPeer.DataSet(5, HostileDataSet.Image("1.2.3.4", isImplicit: true, before: values)));
        });

        foreach (var peer in peers)
        {
            Assert.Contains(await peer.OutcomeAsync(), (string[])["status A702", "abort 2/0", "closed"]);
            peer.Dispose();
        }

        await ExpectAsync("", "");
    }

    [Fact]
    public async Task An_asynchronous_window_is_answered_with_one_at_a_time_and_a_role_with_none()
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(RawPeer.Associate(user: [RawPeer.MaxLength(16384), RawPeer.Item(0x53, [0, 0, 0xFF, 0xFF]),
            RawPeer.Item(0x54, [0, 25], RawPeer.Ascii(RawPeer.MrImage), [1, 1])]));

        var accept = await peer.BodyAsync();

        Assert.True(accept.AsSpan().IndexOf(RawPeer.Item(0x53, [0, 1, 0, 1])) > 0, "no window of 1/1");
        Assert.True(accept.AsSpan().IndexOf(RawPeer.Item(0x54, [0, 25], RawPeer.Ascii(RawPeer.MrImage), [1, 0])) > 0, "no role of an SCU");
    }

    [Fact]
    public async Task A_peer_that_does_not_read_is_aborted()
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.AssociateAsync();

        var isOver = await peer.FloodAsync([.. Enumerable.Repeat(RawPeer.Echo(), 1000).SelectMany(p => p)], TimeSpan.FromSeconds(60));

        Assert.True(isOver, "the association went on");
        await ExpectAsync("", "");
    }

    [Fact]
    public async Task Two_hundred_silent_sockets_do_not_delay_C_ECHO_by_a_second()
    {
        var silent = new List<RawPeer>();
        for (var i = 0; i < 200; i++)
        {
            silent.Add(await RawPeer.ConnectAsync(listener.Port));
        }

        var watch = Stopwatch.StartNew();
        await EchoAsync();

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 1);
        silent.ForEach(p => p.Dispose());
        await ExpectAsync("", "");
    }

    [Fact]
    public async Task Silent_flooding_and_oversized_peers_at_once_take_no_memory()
    {
        byte[] flood = [.. Enumerable.Repeat(RawPeer.Echo(), 1000).SelectMany(p => p)];
        byte[] values = [.. new uint[] { 0x0008_0070, 0x0008_1030, 0x0010_0020, 0x0018_1030 }.SelectMany(DataSetCases.Long)];
        var image = RawPeer.DataSet(5, HostileDataSet.Image("1.2.3.4", isImplicit: true, before: values));
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(4));

        await Task.WhenAll([
            .. Enumerable.Range(0, 3).Select(_ => AgainAsync(p => p.FloodAsync(flood, TimeSpan.FromSeconds(1)))),
            .. Enumerable.Range(0, 6).Select(_ => AgainAsync(async p =>
            {
                await p.SendAsync(RawPeer.Store(5, instance: "1.2.3.4"));
                await p.SendAsync(image);
                await p.OutcomeAsync();
            })),
            SilentAsync()]);

        // The attackers held every place of their address; those are free again once their ends were noticed.
        await UntilAsync(() => TryAsync(_ => Task.CompletedTask));
        await ExpectAsync("", "");

        async Task AgainAsync(Func<RawPeer, Task> attack)
        {
            while (!over.IsCancellationRequested)
            {
                await TryAsync(attack);
            }
        }

        async Task<bool> TryAsync(Func<RawPeer, Task> attack)
        {
            using var peer = await RawPeer.ConnectAsync(listener.Port);
            await peer.SendAsync(RawPeer.Associate());
            var isAccepted = (await peer.OutcomeAsync()).StartsWith("accept", StringComparison.Ordinal);
            if (isAccepted)
            {
                await attack(peer);
            }

            return isAccepted;
        }

        async Task SilentAsync()
        {
            var silent = new Queue<RawPeer>();
            while (!over.IsCancellationRequested)
            {
                silent.Enqueue(await RawPeer.ConnectAsync(listener.Port));
                if (silent.Count > 200)
                {
                    silent.Dequeue().Dispose();
                    await Task.Delay(1);
                }
            }

            silent.ToList().ForEach(p => p.Dispose());
        }
    }

    [Fact]
    public async Task Nothing_from_a_peer_reaches_the_log_unescaped()
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(RawPeer.Associate(calling: "\u001b[31mX\nforged"));
        await peer.OutcomeAsync();

        Assert.DoesNotContain('\u001b', listener.Log);
        Assert.DoesNotContain("\nforged", listener.Log, StringComparison.Ordinal);
    }

    /// <summary>The instance that the data set itself names where it is one of ours, so that only the case's own fault
    /// counts.</summary>
    private static string InstanceOf(byte[] dataSet)
    {
        var text = System.Text.Encoding.Latin1.GetString(dataSet, 0, Math.Min(dataSet.Length, 200));
        var at = text.IndexOf("1.2.3.4.", StringComparison.Ordinal);
        return at < 0 ? "1.2.3.4" : new string([.. text[at..].TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
    }

    private async Task ExpectEachAsync(string expected, RawPeer peer)
    {
        foreach (var next in expected.Split(" then "))
        {
            Assert.Contains(await peer.OutcomeAsync(), next.Split('|'));
        }

        await ExpectAsync("", "");
    }

    private async Task ExpectAsync(string expected, string outcome)
    {
        Assert.Contains(outcome, expected.Split('|'));
        await EchoAsync();
        Assert.InRange(listener.MostMegabytes, 0, MostMegabytes);
    }

    private async Task EchoAsync()
    {
        using var peer = await RawPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(RawPeer.Associate(calling: "FRIEND"), RawPeer.Echo());
        Assert.StartsWith("accept", await peer.OutcomeAsync(), StringComparison.Ordinal);
        Assert.Equal("status 0000", await peer.OutcomeAsync());
    }

    private async Task NoPartsAsync()
    {
        await UntilAsync(() => Task.FromResult(listener.Parts.Length == 0));

        Assert.Empty(listener.Parts);
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 300 && !await isSo(); i++)
        {
            await Task.Delay(10);
        }
    }
}
