using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Network;
using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

public sealed class StoreScpTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stored_object_is_a_complete_file_and_a_row_before_success(bool isExplicit)
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        var uid = isExplicit ? "1.1.1" : "1.1.2";
        var bytes = DataSetBytes.Instance(sopInstance: uid, isExplicit: isExplicit, pixelBytes: 400_000);

        var status = await listener.StoreAsync(bytes, uid, isExplicit: isExplicit);

        Assert.Equal(DimseStatus.Success, status);
        var path = await postgres.ScalarAsync<string>($"select path from instance where sop_instance_uid = '{uid}'");
        Assert.Matches("^spool/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{16}\\.dcm$", path);
        using var file = File.OpenRead(Path.Combine(postgres.DataFolder, path!));
        Assert.Equal(file.Length, await postgres.ScalarAsync<long>($"select byte_count from instance where sop_instance_uid = '{uid}'"));
        var header = Part10.ReadHeader(file);
        Assert.Equal((uid, "SENDER"), (header.SopInstanceUid, header.SourceAeTitle));
        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(file));
        var pixels = bytes.AsSpan(bytes.Length - 400_000);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData([.. bytes.AsSpan(0, bytes.Length - 400_000), .. SHA256.HashData(pixels)])),
            await postgres.ScalarAsync<string>($"select file_sha256 from instance where sop_instance_uid = '{uid}'"));
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task Where_nothing_has_to_be_durable_rows_are_there_when_the_release_is_answered()
    {
        const int Objects = 150; // more than may wait at a time
        await using var listener = await RunningListener.StartAsync(postgres, o => o.IsDurable = false);
        await using var client = await listener.ConnectAsync();
        for (var i = 0; i < Objects; i++)
        {
            Assert.Equal(DimseStatus.Success, await RunningListener.StoreAsync(client, Of($"71.{i}"), $"71.{i}"));
        }

        await client.ReleaseAsync(CancellationToken.None);

        Assert.Equal(Objects, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid like '71.%'"));
    }

    [Fact]
    public async Task Where_nothing_has_to_be_durable_an_aborted_association_still_gets_its_rows()
    {
        await using var listener = await RunningListener.StartAsync(postgres, o => o.IsDurable = false);
        await using (var client = await listener.ConnectAsync())
        {
            await RunningListener.StoreAsync(client, Of("72.1"), "72.1");
        }

        await listener.DisposeAsync(); // every association has ended by then

        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid = '72.1'"));
        Assert.Equal("aborted", await postgres.ScalarAsync<string>(
            "select outcome from association order by association_id desc limit 1"));
    }

    [Fact]
    public async Task An_equal_duplicate_succeeds_and_changes_nothing_even_from_another_sender()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        var bytes = Of("2.1");

        await listener.StoreAsync(bytes, "2.1");
        await using var client = await listener.ConnectAsync("OTHER");
        var status = await RunningListener.StoreAsync(client, bytes, "2.1");

        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid = '2.1'"));
        Assert.Equal(1, await postgres.ScalarAsync<int>("select instance_count from series where series_instance_uid = '2.1.9'"));
        Assert.Single(FilesOf("2.1"));
    }

    [Fact]
    public async Task The_same_pixels_under_another_header_are_a_revision_and_other_pixels_a_conflict()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        await listener.StoreAsync(Of("3.1"), "3.1");

        var revision = await listener.StoreAsync(Of("3.1", description: "corrected"), "3.1");
        var conflict = await listener.StoreAsync(Of("3.1", pixel: 99), "3.1");

        Assert.Equal(DimseStatus.Success, revision);
        Assert.Equal(0x0111, conflict.Code);
        Assert.Equal(2, await postgres.ScalarAsync<int>("select header_revision from instance where sop_instance_uid = '3.1'"));
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from quarantine where sop_instance_uid = '3.1'"));
        Assert.Equal(3, FilesOf("3.1").Count);
        var desk = listener.Services.GetRequiredService<QuarantineDesk>();
        var aside = (await desk.ListAsync(withSettled: false, 50, CancellationToken.None)).Single(q => q.SopInstanceUid == "3.1");
        Assert.True(File.Exists(Path.Combine(postgres.DataFolder, aside.Path)));
        Assert.True(await desk.SettleAsync(aside.QuarantineId, "operator", "re-sent by mistake", CancellationToken.None));
        Assert.False(await desk.SettleAsync(aside.QuarantineId, "operator", "twice", CancellationToken.None));
        Assert.DoesNotContain(await desk.ListAsync(withSettled: false, 50, CancellationToken.None), q => q.SopInstanceUid == "3.1");
        Assert.True(File.Exists(Path.Combine(postgres.DataFolder, aside.Path)));
    }

    [Fact]
    public async Task Another_transfer_syntax_with_other_bytes_is_kept_as_a_copy_that_a_worker_compares()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        await listener.StoreAsync(Of("3.5"), "3.5");
        var other = DataSetBytes.Instance(sopInstance: "3.5", study: "3.5.8", series: "3.5.9", pixel: 9, isExplicit: false);

        var copy = await listener.StoreAsync(other, "3.5", isExplicit: false);
        var again = await listener.StoreAsync(other, "3.5", isExplicit: false);

        Assert.Equal((DimseStatus.Success, DimseStatus.Success), (copy, again));
        Assert.Equal("waiting", await postgres.ScalarAsync<string>("select state from instance_copy join instance using (instance_id) where sop_instance_uid = '3.5'"));
        Assert.Equal(1, await postgres.ScalarAsync<int>("select instance_count from series where series_instance_uid = '3.5.9'"));
        Assert.Equal(TransferSyntaxes.ExplicitLittleEndian, await postgres.ScalarAsync<string>("select transfer_syntax_uid from instance where sop_instance_uid = '3.5'"));
        Assert.Equal(2, FilesOf("3.5").Count);
    }

    [Fact]
    public async Task A_truncated_data_set_is_answered_C000_and_nothing_is_stored()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        var bytes = Of("4.1", pixelBytes: 1_000);

        foreach (var length in (int[])[1, 40, bytes.Length / 2, bytes.Length - 1])
        {
            var status = await listener.StoreAsync(bytes[..length], "4.1");
            Assert.Equal(0xC000, status.Code);
        }

        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid = '4.1'"));
        Assert.Empty(FilesOf("4.1"));
        Assert.Empty(Parts());
    }

    public static TheoryData<string, byte[], int> Refused() => new()
    {
        { "another instance than announced", DataSetBytes.Instance(sopInstance: "5.2"), 0xA900 },
        { "another class than announced", DataSetBytes.Instance(sopInstance: "5.1", sopClass: SopClasses.CtImage), 0xA900 },
        { "no study", DataSetBytes.Instance(sopInstance: "5.1", study: ""), 0xC001 },
        { "no series", DataSetBytes.Instance(sopInstance: "5.1", series: ""), 0xC001 },
        { "no pixels", DataSetBytes.Instance(sopInstance: "5.1", pixelBytes: 0), 0xC001 },
        { "illegal study", DataSetBytes.Instance(sopInstance: "5.1", study: "../etc"), 0x0117 },
        { "empty component", DataSetBytes.Instance(sopInstance: "5.1", series: "1..2"), 0x0117 },
        { "too long", DataSetBytes.Instance(sopInstance: "5.1", series: new string('1', 66)), 0x0117 },
        { "random bytes", [.. Enumerable.Range(0, 5_000).Select(i => (byte)(i * 31 % 251))], 0xC000 },
        { "group 0002 inside", [.. new DataSetBytes(true).Text(0x00020010, "UI", "1.2").ToArray(), .. DataSetBytes.Instance(sopInstance: "5.1")], 0xC000 },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_not_the_announced_object_is_refused_with_its_status(string what, byte[] bytes, int code)
    {
        await using var listener = await RunningListener.StartAsync(postgres);

        var status = await listener.StoreAsync(bytes, "5.1");

        Assert.True(status.Code == code, $"{what}: {status}");
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid like '5.%'"));
        Assert.Empty(FilesOf("5.1"));
    }

    [Fact]
    public async Task An_illegal_instance_UID_in_the_command_is_answered_0117_and_the_association_goes_on()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        await using var client = await listener.ConnectAsync();

        var illegal = await RunningListener.StoreAsync(client, Of("6.1"), "../../x");
        var legal = await RunningListener.StoreAsync(client, Of("6.1"), "6.1");

        Assert.Equal(0x0117, illegal.Code);
        Assert.Equal(DimseStatus.Success, legal);
    }

    [Fact]
    public async Task A_disk_below_its_reserve_is_answered_A700_and_new_senders_are_told_to_come_back()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        await using var client = await listener.ConnectAsync();
        var options = listener.Services.GetRequiredService<ListenerOptions>();

        options.DiskReserveBytes = long.MaxValue;
        var status = await RunningListener.StoreAsync(client, Of("7.1"), "7.1");
        var rejected = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync());
        options.DiskReserveBytes = 0;
        var after = await RunningListener.StoreAsync(client, Of("7.1"), "7.1");

        Assert.Equal(0xA700, status.Code);
        Assert.True(status.IsRetryable);
        Assert.Equal(RejectReason.TemporaryCongestion, rejected.Reject);
        Assert.True(rejected.IsRetryable);
        Assert.Equal(DimseStatus.Success, after);
        await using var again = await listener.ConnectAsync();
    }

    [Fact]
    public async Task An_object_over_the_greatest_size_is_answered_A702_and_the_association_goes_on()
    {
        await using var listener = await RunningListener.StartAsync(postgres, o => o.MaxObjectBytes = 1_048_576);
        await using var client = await listener.ConnectAsync();

        var status = await RunningListener.StoreAsync(client, Of("8.1", pixelBytes: 3_000_000), "8.1");

        Assert.Equal(0xA702, status.Code);
        Assert.Equal(0, await client.EchoAsync(CancellationToken.None));
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task A_sender_that_vanishes_inside_an_object_leaves_nothing()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        await using (var client = await listener.ConnectAsync())
        {
            await Assert.ThrowsAnyAsync<IOException>(() => client.StoreAsync(
                SopClasses.MrImage, "9.1", TransferSyntaxes.ExplicitLittleEndian, new MemoryStream(Of("9.1")), 5_000_000, CancellationToken.None));
        }

        await using var next = await listener.ConnectAsync();
        Assert.Equal(0, await next.EchoAsync(CancellationToken.None));
        await WaitUntilAsync(() => Parts().Count == 0);
        Assert.Empty(FilesOf("9.1"));
    }

    [Fact]
    public async Task A_listener_that_stops_inside_an_object_aborts_and_leaves_nothing()
    {
        var listener = await RunningListener.StartAsync(postgres);
        await using var client = await listener.ConnectAsync();
        var slow = new HeldStream(Of("12.1", pixelBytes: 2_000_000), holdAt: 1_000_000);

        var sending = client.StoreAsync(
            SopClasses.MrImage, "12.1", TransferSyntaxes.ExplicitLittleEndian, slow, slow.Length, CancellationToken.None);
        await slow.Held;
        await WaitUntilAsync(() => Parts().Count == 1);
        await listener.DisposeAsync();
        slow.Release();

        await Assert.ThrowsAsync<DimseClientException>(() => sending);
        Assert.Empty(Parts());
        Assert.Empty(FilesOf("12.1"));
    }

    [Fact]
    public async Task A_file_that_a_crash_left_without_a_row_is_found_again_by_the_next_attempt()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        var bytes = Of("10.1");
        await listener.StoreAsync(bytes, "10.1");
        await postgres.ExecuteAsync("delete from instance where sop_instance_uid = '10.1'");

        var status = await listener.StoreAsync(bytes, "10.1");

        Assert.Equal(DimseStatus.Success, status);
        Assert.Single(FilesOf("10.1"));
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid = '10.1'"));
    }

    [Fact]
    public async Task Half_received_files_older_than_an_hour_are_swept_at_start()
    {
        await (await RunningListener.StartAsync(postgres)).DisposeAsync();
        var incoming = Path.Combine(postgres.DataFolder, "spool", "incoming");
        var old = Path.Combine(incoming, "old.part");
        var young = Path.Combine(incoming, "young.part");
        await File.WriteAllTextAsync(old, "x");
        await File.WriteAllTextAsync(young, "x");
        File.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromMinutes(61));

        await using var listener = await RunningListener.StartAsync(postgres);

        Assert.Equal([young], Parts());
        File.Delete(young);
    }

    [Fact]
    public async Task A_text_that_is_too_long_for_its_row_is_cut_between_two_characters()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        var description = new string('x', 255) + "\U0001F9E0"; // two units of UTF-16, of which one would fit

        var status = await listener.StoreAsync(Of("73.1", description: description), "73.1");

        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal(255, await postgres.ScalarAsync<int>("select length(description) from series where series_instance_uid = '73.1.9'"));
    }

    [Fact]
    public async Task A_segmentation_enters_by_the_same_door()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        var bytes = DataSetBytes.Instance(SopClasses.Segmentation, "11.1", "11", "11.9", modality: "SEG");

        var status = await listener.StoreAsync(bytes, "11.1", SopClasses.Segmentation);

        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal("SEG", await postgres.ScalarAsync<string>("select modality from series where series_instance_uid = '11.9'"));
    }

    [Theory]
    [InlineData("SENDER", "WRONG", 7)]
    [InlineData("STRANGER", "VMUNET", 3)]
    public async Task A_title_that_is_not_known_is_rejected_with_its_reason(string calling, string called, int reason)
    {
        await using var listener = await RunningListener.StartAsync(postgres, o => o.AllowedCallers.Add("SENDER@127.0.0.1"));

        var rejected = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync(calling, called));

        Assert.Equal(new RejectReason(1, 1, (byte)reason), rejected.Reject);
    }

    private static byte[] Of(string uid, byte pixel = 7, string description = "T1", int pixelBytes = 64) => DataSetBytes.Instance(
        sopInstance: uid, study: uid + ".8", series: uid + ".9", pixel: pixel, description: description, pixelBytes: pixelBytes);

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 200 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    private List<string> Parts() => [.. Directory.GetFiles(Path.Combine(postgres.DataFolder, "spool", "incoming"))];

    private List<string> FilesOf(string uid)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(uid)));
        return [.. Directory.GetFiles(Path.Combine(postgres.DataFolder, "spool"), name + "*", SearchOption.AllDirectories)];
    }

    /// <summary>A source that waits in its middle.</summary>
    private sealed class HeldStream(byte[] bytes, int holdAt) : MemoryStream(bytes)
    {
        private readonly TaskCompletionSource _held = new();
        private readonly TaskCompletionSource _released = new();

        public Task Held => _held.Task;

        public void Release() => _released.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= holdAt)
            {
                _held.TrySetResult();
                await _released.Task;
            }

            return await base.ReadAsync(buffer, cancellationToken);
        }
    }
}
