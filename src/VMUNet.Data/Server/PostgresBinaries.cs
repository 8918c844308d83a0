using System.Globalization;

namespace VMUNet.Data.Server;

/// <summary>Finds the system's PostgreSQL server programs, or installs the Debian package where that is allowed.</summary>
internal static class PostgresBinaries
{
    /// <summary>Set to any value to forbid the installation of packages.</summary>
    public const string NoInstallVariable = "VMUNET_NO_INSTALL";

    private const string DebianRoot = "/usr/lib/postgresql";

    /// <summary>The folder that holds initdb, pg_ctl and postgres.</summary>
    /// <exception cref="PostgresUnavailableException">There is none and none may be installed.</exception>
    public static async Task<string> FindOrInstallAsync(CancellationToken ct)
    {
        if (await FindAsync(ct) is { } found)
        {
            return found;
        }
        if (!Environment.IsPrivilegedProcess || ProcessRunner.Find("apt-get") is not { } aptGet
            || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(NoInstallVariable)))
        {
            throw new PostgresUnavailableException(
                "No PostgreSQL server was found: install the Debian package 'postgresql' (apt-get install postgresql), "
                + "or name a server in ConnectionStrings__Pacs.");
        }
        string failure = await InstallAsync(aptGet, ct);
        return await FindAsync(ct) ?? throw new PostgresUnavailableException(
            $"The Debian package 'postgresql' could not be installed ({failure}): install it, "
            + "or name a server in ConnectionStrings__Pacs.");
    }

    private static async Task<string?> FindAsync(CancellationToken ct)
    {
        if (Directory.Exists(DebianRoot))
        {
            string? newest = Directory.GetDirectories(DebianRoot)
                .OrderByDescending(f => int.TryParse(Path.GetFileName(f), CultureInfo.InvariantCulture, out int v) ? v : 0)
                .Select(f => Path.Combine(f, "bin")).FirstOrDefault(IsComplete);
            if (newest is not null)
            {
                return newest;
            }
        }
        if (ProcessRunner.Find("initdb") is { } initdb && IsComplete(Path.GetDirectoryName(initdb)!))
        {
            return Path.GetDirectoryName(initdb);
        }
        if (ProcessRunner.Find("pg_config") is { } pgConfig)
        {
            ProcessResult result = await ProcessRunner.RunAsync([pgConfig, "--bindir"], ct);
            return result.ExitCode == 0 && IsComplete(result.Output.Trim()) ? result.Output.Trim() : null;
        }
        return null;
    }

    private static bool IsComplete(string folder) =>
        File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl"))
        && File.Exists(Path.Combine(folder, "postgres"));

    private static async Task<string> InstallAsync(string aptGet, CancellationToken ct)
    {
        var environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" };
        string[] install = [aptGet, "install", "-y", "--no-install-recommends", "postgresql"];
        ProcessResult result = await ProcessRunner.RunAsync(install, ct, environment);
        if (result.ExitCode != 0)
        {
            // Fresh images come without package lists.
            await ProcessRunner.RunAsync([aptGet, "update"], ct, environment);
            result = await ProcessRunner.RunAsync(install, ct, environment);
        }
        return result.LastLines(2);
    }
}
