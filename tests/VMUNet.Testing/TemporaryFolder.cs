using System.Diagnostics;
using System.Globalization;

namespace VMUNet.Testing;

/// <summary>
/// A folder of its own, deleted at the end; with it the database clusters that data folders in it link to, and their servers,
/// which a killed program leaves behind.
/// </summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("vmunet-test-").FullName;

    /// <summary>A path inside it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        var nearby = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 };
        foreach (var cluster in new DirectoryInfo(Path).EnumerateDirectories("postgres", nearby).ToList())
        {
            Stop(System.IO.Path.Combine(cluster.FullName, "data", "postmaster.pid"));
            if (cluster.LinkTarget is { } elsewhere && Directory.Exists(elsewhere))
            {
                Directory.Delete(elsewhere, recursive: true);
            }
        }

        Directory.Delete(Path, recursive: true);
    }

    private static void Stop(string pidFile)
    {
        if (!System.IO.File.Exists(pidFile)
            || !int.TryParse(System.IO.File.ReadLines(pidFile).FirstOrDefault(), CultureInfo.InvariantCulture, out var id))
        {
            return;
        }

        try
        {
            // The number may have passed to another process since.
            using var server = Process.GetProcessById(id);
            if (server.ProcessName == "postgres")
            {
                server.Kill(entireProcessTree: true);
                server.WaitForExit();
            }
        }
        catch (ArgumentException) // it has ended
        {
        }
    }
}
