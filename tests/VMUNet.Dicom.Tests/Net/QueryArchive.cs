using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using VMUNet.Dimse;
using VMUNet.Dimse.Tests;

namespace VMUNet.Dicom.Tests.Net;

/// <summary>DCMTK's dcmqrscp on a free port: an archive with query and retrieval, and without storage commitment.</summary>
internal sealed class QueryArchive : IDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private QueryArchive(string folder, Process process, int port) => (_folder, _process, Port) = (folder, process, port);

    public int Port { get; }

    public Destination Destination => new("archive", "ARCHIVE", "127.0.0.1", Port);

    public DimseClientOptions Options => new() { Host = "127.0.0.1", Port = Port, CalledAe = "ARCHIVE", CallingAe = "VMUNET" };

    /// <summary>Starts it; C-MOVE to the title MOVER goes to <paramref name="moverPort"/>.</summary>
    public static async Task<QueryArchive> StartAsync(int moverPort = 1)
    {
        var folder = Directory.CreateTempSubdirectory("dcmqrscp-").FullName;
        var port = FreePort();
        Directory.CreateDirectory(Path.Combine(folder, "db"));
        var configuration = Path.Combine(folder, "dcmqrscp.cfg");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            NetworkTCPPort = {port}
            MaxPDUSize = 16384
            MaxAssociations = 16
            HostTable BEGIN
            mover = (MOVER, 127.0.0.1, {moverPort})
            HostTable END
            VendorTable BEGIN
            VendorTable END
            AETable BEGIN
            ARCHIVE {folder}/db RW (100, 100mb) ANY
            AETable END

            """));
        var archive = new QueryArchive(folder, DcmtkProgram.Start("dcmqrscp", "-c", configuration), port);
        await archive.UpAsync();
        return archive;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit(5_000);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task UpAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await StoreScu.EchoAsync(Options, CancellationToken.None);
                return;
            }
            catch (DimseClientException e) when (e.Fault == DimseClientFault.CannotConnect && attempt < 200)
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
