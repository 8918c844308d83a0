using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace VMUNet.Data.Server;

/// <summary>
/// A PostgreSQL cluster of our own in the data folder: Unix socket only, generated password, stopped cleanly by the
/// process that owns it, reused next time. A second process with the same data folder joins as a guest and leaves it
/// running; an owner that died is succeeded by the next process that starts.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    // sockaddr_un holds 108 bytes with the closing zero; the server adds "/.s.PGSQL.5432.lock".
    private const int MaxSocketPathBytes = 107;
    private const string SocketName = "/.s.PGSQL.5432.lock";
    private const string UserName = "vmunet";
    private const string DatabaseName = "vmunet";

    private readonly string _bin;
    private readonly string _cluster;
    private readonly string _socket;
    private FileStream? _owner;

    private PrivatePostgres(string bin, string cluster, string socket, string connectionString, FileStream? owner)
    {
        (_bin, _cluster, _socket, ConnectionString, _owner) = (bin, cluster, socket, connectionString, owner);
    }

    /// <summary>Npgsql connection string of the product's database in this cluster.</summary>
    public string ConnectionString { get; }

    /// <summary>Whether this process stops the server at its end; false for a guest.</summary>
    public bool IsOwner => _owner is not null;

    /// <summary>The cluster's folder (PGDATA).</summary>
    internal string ClusterFolder => _cluster;

    /// <summary>Finds or makes the cluster under <paramref name="dataFolder"/>/postgres and starts it if it is down.</summary>
    /// <exception cref="PostgresUnavailableException">No server programs, or the server does not start.</exception>
    public static Task<PrivatePostgres> StartAsync(string dataFolder, CancellationToken ct) =>
        StartAsync(dataFolder, [], ct);

    internal static async Task<PrivatePostgres> StartAsync(
        string dataFolder, IReadOnlyList<string> settings, CancellationToken ct)
    {
        string bin = await PostgresBinaries.FindOrInstallAsync(ct);
        dataFolder = Path.GetFullPath(dataFolder);
        Directory.CreateDirectory(dataFolder);
        string root = await ClusterRootAsync(dataFolder, ct);
        string cluster = Path.Combine(root, "data");
        string secret = Secret(dataFolder);
        string socket = await SocketFolderAsync(root, ct);
        FileStream? owner = await TakeOwnershipAsync(dataFolder, () => IsRunningAsync(bin, cluster, ct), ct);
        try
        {
            if (owner is not null)
            {
                await InitialiseAsync(bin, root, cluster, secret, ct);
                if (!await IsRunningAsync(bin, cluster, ct))
                {
                    await LaunchAsync(bin, root, cluster, socket, settings, ct);
                }
            }
            string connection = ConnectionFor(socket, secret, DatabaseName);
            await EnsureDatabaseAsync(ConnectionFor(socket, secret, "postgres"), ct);
            return new PrivatePostgres(bin, cluster, socket, connection, owner);
        }
        catch
        {
            owner?.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server if this process owns it (fast shutdown: sessions are ended, nothing is lost).</summary>
    public Task StopAsync() => StopAsync("fast");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    internal async Task StopAsync(string mode)
    {
        if (_owner is null)
        {
            return;
        }
        NpgsqlConnection.ClearAllPools();
        await ProcessRunner.RunAsync(OrdinaryUser.Command(
            [Path.Combine(_bin, "pg_ctl"), "-D", _cluster, "-m", mode, "-w", "-t", "60", "stop"]), CancellationToken.None);
        if (Path.GetDirectoryName(_socket) != Path.GetDirectoryName(_cluster) && Directory.Exists(_socket))
        {
            Directory.Delete(_socket, recursive: true); // a short one outside the data folder
        }
        _owner.Dispose();
        _owner = null;
    }

    /// <summary>DATA/postgres; where root's data folder is closed to the server's user, a link to /var/lib/vmunet.</summary>
    private static async Task<string> ClusterRootAsync(string dataFolder, CancellationToken ct)
    {
        string root = Path.Combine(dataFolder, "postgres");
        if (new DirectoryInfo(root).LinkTarget is { } target)
        {
            root = target;
        }
        else if (!Directory.Exists(root) && !OrdinaryUser.CanReach(dataFolder))
        {
            string elsewhere = Path.Combine("/var/lib/vmunet", ShortHash(dataFolder));
            Directory.CreateDirectory("/var/lib/vmunet", (UnixFileMode)0b001_001_001 | (UnixFileMode)0b110_000_000);
            File.CreateSymbolicLink(root, elsewhere);
            root = elsewhere;
        }
        await OrdinaryUser.MakePrivateFolderAsync(root, ct);
        return root;
    }

    private static string Secret(string dataFolder)
    {
        string folder = Path.Combine(dataFolder, "keys");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return PrivateFile.ReadOrCreate(Path.Combine(folder, "postgres.secret"),
            () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
    }

    private static async Task<string> SocketFolderAsync(string root, CancellationToken ct)
    {
        string folder = Path.Combine(root, "run");
        if (Encoding.UTF8.GetByteCount(folder + SocketName) > MaxSocketPathBytes)
        {
            string? runtime = OrdinaryUser.IsNeeded ? null : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
            folder = Path.Combine(Directory.Exists(runtime) ? runtime : "/tmp", "vmunet-" + ShortHash(root));
        }
        await OrdinaryUser.MakePrivateFolderAsync(folder, ct);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    /// <summary>
    /// The lock dies with its process, so a free lock beside a running server means that its owner was killed: adopt it.
    /// A held lock means a living owner, which may still be starting the server: wait for that.
    /// </summary>
    private static async Task<FileStream?> TakeOwnershipAsync(
        string dataFolder, Func<Task<bool>> isRunning, CancellationToken ct)
    {
        string path = Path.Combine(dataFolder, "keys", "postgres.owner");
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 300)
            {
                if (await isRunning())
                {
                    return null;
                }
                await Task.Delay(TimeSpan.FromMilliseconds(200), ct);
            }
        }
    }

    private static async Task InitialiseAsync(
        string bin, string root, string cluster, string secret, CancellationToken ct)
    {
        if (File.Exists(Path.Combine(cluster, "PG_VERSION")))
        {
            RequireVersion(bin, cluster);
            return;
        }
        // Made beside its place and renamed when complete: a crash leaves no half cluster behind.
        string fresh = cluster + ".new";
        if (Directory.Exists(fresh))
        {
            Directory.Delete(fresh, recursive: true);
        }
        string passwordFile = Path.Combine(root, "initial-password");
        PrivateFile.Write(passwordFile, secret);
        await OrdinaryUser.GiveAsync(passwordFile, ct);
        try
        {
            ProcessResult result = await ProcessRunner.RunAsync(OrdinaryUser.Command(
                [Path.Combine(bin, "initdb"), "-D", fresh, "-U", UserName, "-E", "UTF8", "--no-locale",
                 "--auth-local=scram-sha-256", "--auth-host=reject", $"--pwfile={passwordFile}"]), ct);
            if (result.ExitCode != 0)
            {
                throw new PostgresUnavailableException($"initdb failed in '{root}': {result.LastLines(3)}");
            }
            await File.AppendAllTextAsync(
                Path.Combine(fresh, "postgresql.conf"), "\ninclude_if_exists 'vmunet.conf'\n", ct);
            Directory.Move(fresh, cluster);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private static void RequireVersion(string bin, string cluster)
    {
        string made = File.ReadAllText(Path.Combine(cluster, "PG_VERSION")).Trim();
        string? found = Path.GetFileName(Path.GetDirectoryName(bin));
        if (int.TryParse(found, CultureInfo.InvariantCulture, out _) && found != made)
        {
            throw new PostgresUnavailableException(
                $"The cluster in '{cluster}' was made by PostgreSQL {made}, but version {found} is installed: "
                + $"install postgresql-{made}, or upgrade the cluster with pg_upgradecluster.");
        }
    }

    private static async Task LaunchAsync(string bin, string root, string cluster, string socket,
        IReadOnlyList<string> settings, CancellationToken ct)
    {
        RemoveStalePid(cluster);
        string quoted = socket.Replace("'", "''", StringComparison.Ordinal);
        string[] lines = ["# written at each start", "listen_addresses = ''", "port = 5432",
            $"unix_socket_directories = '{quoted}'", "unix_socket_permissions = 0700", "max_connections = 200",
            .. settings];
        string file = Path.Combine(cluster, "vmunet.conf");
        await File.WriteAllLinesAsync(file, lines, ct);
        await OrdinaryUser.GiveAsync(file, ct);
        ProcessResult result = await ProcessRunner.RunAsync(OrdinaryUser.Command(
            [Path.Combine(bin, "pg_ctl"), "-D", cluster, "-l", Path.Combine(root, "server.log"), "-w", "-t", "60",
             "-s", "start"]), ct);
        if (result.ExitCode != 0)
        {
            throw new PostgresUnavailableException(
                $"PostgreSQL did not start: {result.LastLines(2)}; see '{Path.Combine(root, "server.log")}'.");
        }
    }

    /// <summary>After a power loss the number in postmaster.pid may belong to someone else's process by now.</summary>
    private static void RemoveStalePid(string cluster)
    {
        string file = Path.Combine(cluster, "postmaster.pid");
        if (!File.Exists(file) || !int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture,
            out int pid))
        {
            return;
        }
        try
        {
            using var process = Process.GetProcessById(pid);
            if (process.ProcessName.StartsWith("postgres", StringComparison.Ordinal))
            {
                return; // the server itself judges this case
            }
        }
        catch (ArgumentException)
        {
            // no such process: stale as well
        }
        File.Delete(file);
    }

    private static async Task<bool> IsRunningAsync(string bin, string cluster, CancellationToken ct)
    {
        if (!File.Exists(Path.Combine(cluster, "postmaster.pid")))
        {
            return false;
        }
        ProcessResult result = await ProcessRunner.RunAsync(
            OrdinaryUser.Command([Path.Combine(bin, "pg_ctl"), "-D", cluster, "status"]), ct);
        return result.ExitCode == 0;
    }

    private static string ConnectionFor(string socket, string secret, string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = socket,
            Port = 5432,
            Username = UserName,
            Password = secret,
            Database = database,
            MaxPoolSize = 60,
            Timeout = 10,
        }.ConnectionString;

    private static async Task EnsureDatabaseAsync(string connectionString, CancellationToken ct)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
                await connection.OpenAsync(ct);
                await using var query = new NpgsqlCommand(
                    $"select 1 from pg_database where datname = '{DatabaseName}'", connection);
                if (await query.ExecuteScalarAsync(ct) is null)
                {
                    await using var create = new NpgsqlCommand($"create database {DatabaseName}", connection);
                    await create.ExecuteNonQueryAsync(ct);
                }
                return;
            }
            catch (PostgresException e) when (e.SqlState is "42P04" or "23505")
            {
                return; // a guest made it at the same moment
            }
            catch (NpgsqlException e) when (attempt < 50 && e is not PostgresException { IsTransient: false })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), ct); // an owner is still starting or recovering it
            }
        }
    }

    private static string ShortHash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
}
