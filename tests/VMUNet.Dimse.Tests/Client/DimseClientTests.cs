using System.Security.Cryptography;

namespace VMUNet.Dimse.Tests;

public sealed class DimseClientTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dimse").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Echo_is_answered_and_the_association_released()
    {
        await using var server = StoreScpFolder.Start(_folder);
        await using var client = await DimseClient.ConnectAsync(Options(server.Port), CancellationToken.None);

        var status = await client.EchoAsync(CancellationToken.None);
        await client.ReleaseAsync(CancellationToken.None);

        Assert.Equal(0, status);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(131_066)]
    [InlineData(131_067)]
    [InlineData(3_000_001)]
    public async Task A_stored_data_set_arrives_bit_for_bit(int length)
    {
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        await using var server = StoreScpFolder.Start(_folder);
        await using var client = await DimseClient.ConnectAsync(Options(server.Port), CancellationToken.None);

        var status = await client.StoreAsync(
            SopClasses.MrImage, "1.2.3", TransferSyntaxes.ExplicitLittleEndian, new MemoryStream(bytes), length, CancellationToken.None);
        await client.ReleaseAsync(CancellationToken.None);

        Assert.Equal(DimseStatus.Success, status);
        using var file = File.OpenRead(Assert.Single(server.Received).Path);
        var header = Part10.ReadHeader(file);
        Assert.Equal(("1.2.3", SopClasses.MrImage), (header.SopInstanceUid, header.SopClassUid));
        Assert.Equal("SENDER", header.SourceAeTitle);
        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(file));
    }

    [Fact]
    public async Task A_class_that_was_not_accepted_is_said_so_and_the_association_goes_on()
    {
        await using var server = StoreScpFolder.Start(_folder, transferSyntaxes: [TransferSyntaxes.ImplicitLittleEndian]);
        await using var client = await DimseClient.ConnectAsync(Options(server.Port), CancellationToken.None);

        var refused = await Assert.ThrowsAsync<DimseClientException>(() => client.StoreAsync(
            SopClasses.MrImage, "1.2.3", TransferSyntaxes.ExplicitLittleEndian, new MemoryStream([1, 2]), 2, CancellationToken.None));

        Assert.Equal(DimseClientFault.ContextNotAccepted, refused.Fault);
        Assert.Equal(0, await client.EchoAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_closed_port_is_a_retryable_failure_to_connect()
    {
        int port;
        await using (var server = StoreScpFolder.Start(_folder))
        {
            port = server.Port;
        }

        var failure = await Assert.ThrowsAsync<DimseClientException>(
            () => DimseClient.ConnectAsync(Options(port), CancellationToken.None));

        Assert.Equal(DimseClientFault.CannotConnect, failure.Fault);
        Assert.True(failure.IsRetryable);
    }

    [Fact]
    public async Task A_source_that_ends_early_aborts_and_the_server_keeps_nothing()
    {
        await using var server = StoreScpFolder.Start(_folder);
        await using var client = await DimseClient.ConnectAsync(Options(server.Port), CancellationToken.None);

        await Assert.ThrowsAsync<EndOfStreamException>(() => client.StoreAsync(
            SopClasses.MrImage, "1.2.3", TransferSyntaxes.ImplicitLittleEndian, new MemoryStream(new byte[99]), 200_000, CancellationToken.None));

        await using var second = await DimseClient.ConnectAsync(Options(server.Port), CancellationToken.None);
        Assert.Equal(0, await second.EchoAsync(CancellationToken.None));
        Assert.Empty(server.Received);
    }

    internal static DimseClientOptions Options(int port) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        CalledAe = "ARCHIVE",
        CallingAe = "SENDER",
        Contexts =
        [
            new(SopClasses.Verification, [TransferSyntaxes.ImplicitLittleEndian]),
            new(SopClasses.MrImage, [TransferSyntaxes.ExplicitLittleEndian]),
            new(SopClasses.MrImage, [TransferSyntaxes.ImplicitLittleEndian]),
        ],
    };
}
