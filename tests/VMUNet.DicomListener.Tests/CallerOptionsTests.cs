using System.IO.Compression;
using Microsoft.Extensions.Time.Testing;
using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>What a site sets for one calling title, and the transfer syntax that is off by default.</summary>
public sealed class CallerOptionsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_class_that_the_caller_may_not_send_is_answered_0124_and_others_and_other_callers_are_stored()
    {
        await using var listener = await RunningListener.StartAsync(postgres, o =>
        {
            var own = new CallerOptions();
            own.SopClasses.Add(SopClasses.CtImage);
            o.Callers["CT1"] = own;
        });
        await using var ct = await listener.ConnectAsync("CT1");
        await using var mr = await listener.ConnectAsync("MR1");

        var refused = await RunningListener.StoreAsync(ct, Of("51.1", SopClasses.MrImage), "51.1");
        var allowed = await RunningListener.StoreAsync(ct, Of("51.2", SopClasses.CtImage), "51.2", SopClasses.CtImage);
        var other = await RunningListener.StoreAsync(mr, Of("51.3", SopClasses.MrImage), "51.3");

        Assert.Equal(0x0124, refused.Code);
        Assert.Equal((DimseStatus.Success, DimseStatus.Success), (allowed, other));
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid = '51.1'"));
    }

    [Fact]
    public async Task A_caller_has_a_quiet_period_of_its_own_also_after_its_release()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero));
        await using var listener = await RunningListener.StartAsync(
            postgres,
            o => o.Callers["SLOW"] = new CallerOptions { StudyQuietPeriod = TimeSpan.FromMinutes(3), QuietAfterRelease = TimeSpan.FromMinutes(2) },
            clock);
        foreach (var (title, uid) in ((string, string)[])[("SLOW", "52.1"), ("FAST", "52.2")])
        {
            await using var client = await listener.ConnectAsync(title);
            await RunningListener.StoreAsync(client, Of(uid, SopClasses.MrImage), uid);
        }

        var due = "select extract(epoch from due_at - last_instance_at)::int from series where series_instance_uid = ";

        Assert.Equal(180, await postgres.ScalarAsync<int>(due + "'52.1.9'"));
        Assert.Equal(60, await postgres.ScalarAsync<int>(due + "'52.2.9'"));
        Assert.Equal(TimeSpan.FromMinutes(2), OptionsOf(listener).QuietAfterReleaseOf("SLOW"));
        Assert.Equal(TimeSpan.FromSeconds(10), OptionsOf(listener).QuietAfterReleaseOf("FAST"));
    }

    [Fact]
    public async Task Deflated_objects_are_stored_as_they_came_where_that_is_switched_on_and_refused_elsewhere()
    {
        await using var listener = await RunningListener.StartAsync(postgres, o => o.AcceptDeflated = true);
        await using var plain = await RunningListener.StartAsync(postgres);
        var deflated = Deflate(Of("53.1", SopClasses.MrImage));

        var status = await SendAsync(listener, deflated, "53.1");
        var truncated = await SendAsync(listener, deflated[..^20], "53.2");
        var bomb = await SendAsync(listener, Deflate([.. Of("53.3", SopClasses.MrImage), .. new byte[40_000_000]]), "53.3");
        var refused = await Assert.ThrowsAsync<DimseClientException>(() => SendAsync(plain, deflated, "53.1"));

        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal((0xC000, 0xC000), (truncated.Code, bomb.Code));
        Assert.Equal(DimseClientFault.ContextNotAccepted, refused.Fault);
        var path = await postgres.ScalarAsync<string>("select path from instance where sop_instance_uid = '53.1'");
        var stored = await File.ReadAllBytesAsync(Path.Combine(postgres.DataFolder, path!), TestContext.Current.CancellationToken);
        Assert.True(stored.AsSpan(stored.Length - deflated.Length).SequenceEqual(deflated));
    }

    private static ListenerOptions OptionsOf(RunningListener listener) =>
        (ListenerOptions)listener.Services.GetService(typeof(ListenerOptions))!;

    private static async Task<DimseStatus> SendAsync(RunningListener listener, byte[] bytes, string uid)
    {
        await using var client = await DimseClient.ConnectAsync(
            new DimseClientOptions
            {
                Host = "127.0.0.1",
                Port = listener.Port,
                CalledAe = "VMUNET",
                CallingAe = "SENDER",
                Contexts = [new(SopClasses.MrImage, [TransferSyntaxes.DeflatedExplicitLittleEndian])],
            },
            CancellationToken.None);
        return await client.StoreAsync(
            SopClasses.MrImage, uid, TransferSyntaxes.DeflatedExplicitLittleEndian, new MemoryStream(bytes), bytes.Length, CancellationToken.None);
    }

    private static byte[] Of(string uid, string sopClass) =>
        DataSetBytes.Instance(sopClass, uid, uid + ".8", uid + ".9", pixelBytes: 5_000);

    private static byte[] Deflate(byte[] bytes)
    {
        var deflated = new MemoryStream();
        using (var deflate = new DeflateStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(bytes);
        }

        return deflated.ToArray();
    }
}
