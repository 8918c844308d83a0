using System.Net;
using System.Net.Sockets;

namespace VMUNet.Dimse.Tests;

/// <summary>Our client against DCMTK's storescp.</summary>
public sealed class DcmtkStoreScpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("storescp").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(4_096, 200_000)]
    [InlineData(131_072, 200_000)]
    public async Task It_takes_our_objects_bit_for_bit_and_answers_our_echo(int maxPdu, int pixelBytes)
    {
        var port = FreePort();
        using var scp = DcmtkProgram.Start(
            "storescp", "-od", _folder, "+B", "-pdu", maxPdu.ToString(System.Globalization.CultureInfo.InvariantCulture), $"{port}");
        try
        {
            await using var client = await ConnectAsync(port);
            var bytes = DataSetBytes.Instance(sopInstance: "1.2.3.77", pixelBytes: pixelBytes);

            var echo = await client.EchoAsync(CancellationToken.None);
            var stored = await client.StoreAsync(
                SopClasses.MrImage, "1.2.3.77", TransferSyntaxes.ExplicitLittleEndian, new MemoryStream(bytes), bytes.Length, CancellationToken.None);
            await client.ReleaseAsync(CancellationToken.None);

            Assert.Equal((0, DimseStatus.Success), (echo, stored));
            using var file = File.OpenRead(Assert.Single(Directory.GetFiles(_folder)));
            Assert.Equal("1.2.3.77", Part10.ReadHeader(file).SopInstanceUid);
            var kept = new MemoryStream();
            await file.CopyToAsync(kept);
            Assert.Equal(bytes, kept.ToArray());
        }
        finally
        {
            scp.Kill();
            await scp.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Its_rejection_is_read_with_its_reason()
    {
        var port = FreePort();
        using var scp = DcmtkProgram.Start("storescp", "-od", _folder, "--refuse", $"{port}");
        try
        {
            var rejected = await Assert.ThrowsAsync<DimseClientException>(() => ConnectAsync(port));

            Assert.Equal(DimseClientFault.Rejected, rejected.Fault);
        }
        finally
        {
            scp.Kill();
            await scp.WaitForExitAsync();
        }
    }

    private static async Task<DimseClient> ConnectAsync(int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await DimseClient.ConnectAsync(DimseClientTests.Options(port), CancellationToken.None);
            }
            catch (DimseClientException e) when (e.Fault == DimseClientFault.CannotConnect && attempt < 100)
            {
                await Task.Delay(50); // it is still starting
            }
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
