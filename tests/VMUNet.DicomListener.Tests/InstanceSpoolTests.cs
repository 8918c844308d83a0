using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>What lies on disk at each point where a crash may come.</summary>
public sealed class InstanceSpoolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly InstanceSpool _spool;

    public InstanceSpoolTests() => _spool = new InstanceSpool(_folder.Path, new ListenerOptions());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Until_it_is_kept_an_object_lies_in_the_incoming_folder_only()
    {
        var bytes = DataSetBytes.Instance(pixelBytes: 300_000);

        using (var incoming = await ReceiveAsync(bytes))
        {
            Assert.Equal([incoming.Path], Files());
            Assert.IsType<SkimResult.Complete>(incoming.Skim);
        }

        Assert.Empty(Files());
    }

    [Fact]
    public async Task A_kept_object_is_complete_and_its_path_holds_no_value_of_the_network()
    {
        var bytes = DataSetBytes.Instance(pixelBytes: 300_000);
        using var incoming = await ReceiveAsync(bytes);

        var path = Keep(incoming);

        Assert.Equal([Path.Combine(_folder.Path, path)], Files());
        Assert.DoesNotContain("1.2.3", path, StringComparison.Ordinal);
        var kept = await File.ReadAllBytesAsync(Files()[0]);
        Assert.Equal(incoming.Length, kept.Length);
        Assert.True(kept.AsSpan(kept.Length - bytes.Length).SequenceEqual(bytes));
    }

    [Fact]
    public async Task The_same_content_keeps_its_file_and_other_content_gets_another_one()
    {
        using var first = await ReceiveAsync(DataSetBytes.Instance());
        using var again = await ReceiveAsync(DataSetBytes.Instance());
        using var other = await ReceiveAsync(DataSetBytes.Instance(pixel: 8));

        var path = Keep(first);
        var written = File.GetLastWriteTimeUtc(Path.Combine(_folder.Path, path));

        Assert.Equal(path, Keep(again));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(_folder.Path, path)));
        Assert.NotEqual(path, Keep(other));
    }

    [Fact]
    public async Task An_unreadable_object_stops_being_written()
    {
        var broken = new DataSetBytes(true).SequenceEnd().ToArray();
        var endless = new MemoryStream([.. broken, .. new byte[4_000_000]]);

        using var incoming = await _spool.ReceiveAsync(Request(), "SENDER", endless, CancellationToken.None);

        Assert.IsType<SkimResult.Refused>(incoming.Skim);
        Assert.True(endless.Position < 1_000_000);
    }

    [Fact]
    public async Task Every_folder_on_the_way_to_a_kept_object_is_flushed_from_the_data_folder_on()
    {
        using var folder = new TemporaryFolder();
        var flushed = new List<string>();
        var spool = new InstanceSpool(folder.Path, new ListenerOptions(), flushed.Add);
        using var incoming = await spool.ReceiveAsync(
            Request(), "SENDER", new MemoryStream(DataSetBytes.Instance()), CancellationToken.None);

        var path = spool.Keep(incoming, "1.2.3", "1.2.3.4", Assert.IsType<SkimResult.Complete>(incoming.Skim).Header.Sha256);

        var parts = path.Split(Path.DirectorySeparatorChar);
        Assert.Equal(
            Enumerable.Range(0, parts.Length).Select(i => Path.Combine([folder.Path, .. parts[..i]])), flushed.Distinct());
    }

    private Task<IncomingFile> ReceiveAsync(byte[] bytes) =>
        _spool.ReceiveAsync(Request(), "SENDER", new MemoryStream(bytes), CancellationToken.None);

    private string Keep(IncomingFile incoming) => _spool.Keep(
        incoming, "1.2.3", "1.2.3.4", Assert.IsType<SkimResult.Complete>(incoming.Skim).Header.Sha256);

    private static StoreRequest Request() => new()
    {
        SopClassUid = SopClasses.MrImage,
        SopInstanceUid = "1.2.3.4",
        TransferSyntaxUid = TransferSyntaxes.ExplicitLittleEndian,
        MessageId = 1,
    };

    private string[] Files() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories);
}
