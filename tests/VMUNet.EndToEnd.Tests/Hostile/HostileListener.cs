using System.Globalization;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests.Hostile;

/// <summary>The product with the listener only, as a process, with short time-outs and a limit of 4 MiB an
/// object.</summary>
public sealed class HostileListener : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private VmunetProcess? _process;

    public int Port { get; private set; }

    /// <summary>Most memory that the process has ever had, in MB.</summary>
    public double MostMegabytes => File.ReadLines($"/proc/{_process!.Id}/status")
        .Where(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(l => double.Parse(l[6..].Replace("kB", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture) / 1000)
        .Single();

    /// <summary>All that the process has logged.</summary>
    internal string Log => _process!.Errors;

    /// <summary>Objects that lie in the spool.</summary>
    internal string[] Stored =>
        Directory.GetFiles(Path.Combine(_folder.Path, "data", "spool"), "*.dcm", SearchOption.AllDirectories);

    /// <summary>Half-received objects.</summary>
    internal string[] Parts => Directory.GetFiles(Path.Combine(_folder.Path, "data", "spool", "incoming"));

    public async ValueTask InitializeAsync()
    {
        _process = VmunetProcess.Start(
            new Dictionary<string, string>
            {
                ["Listener__AssociationTimeout"] = "00:00:01.5",
                ["Listener__IdleTimeout"] = "00:00:02",
                ["Listener__RateWindow"] = "00:00:01",
                ["Listener__WriteTimeout"] = "00:00:02",
                ["Listener__MaxObjectBytes"] = "4194304",
                ["Listener__MaxPendingPerAddress"] = "250",
                ["Listener__DiskReserveBytes"] = "1048576",
            },
            [
                "up", "--roles", "listener", "--data-dir", _folder.File("data"), "--dicom-port", "0",
                "--web-port", "0",
            ]);
        var ready = await _process.LineAsync("ready ", TimeSpan.FromMinutes(2), CancellationToken.None);
        Port = int.Parse(ready.Split("dicom=")[1].Split(' ')[0].Split(':')[^1], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.TerminateAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }
}
