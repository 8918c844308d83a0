using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using VMUNet.Data.Schema;
using VMUNet.Data.Server;
using VMUNet.Data.Studies;
using VMUNet.Data.Tests.Studies;

namespace VMUNet.Data.Tests.Server;

public sealed class PrivatePostgresTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vmunet-own-").FullName;
    private PrivatePostgres? _server;
    private string? _elsewhere;

    public PrivatePostgresTests() => File.SetUnixFileMode(_folder, (UnixFileMode)0b111_001_001);

    [Fact]
    public async Task It_starts_listens_on_no_network_keeps_its_secret_and_its_rows_and_joins_guests()
    {
        _server = await PrivatePostgres.StartAsync(_folder, default);
        await ExecuteAsync("create table kept (x int); insert into kept values (7)");
        PrivatePostgres guest = await PrivatePostgres.StartAsync(_folder, default);
        await guest.StopAsync();

        Assert.False(guest.IsOwner);
        Assert.Equal("", await ScalarAsync<string>("show listen_addresses"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(_folder, "keys", "postgres.secret")));

        await _server.StopAsync();
        _server = await PrivatePostgres.StartAsync(_folder, default);

        Assert.Equal(7, await ScalarAsync<int>("select x from kept"));
    }

    [Fact]
    public async Task A_killed_server_refuses_a_record_by_name_and_the_next_start_has_every_acknowledged_row()
    {
        // The server's own writer of the log sleeps: what nobody waits for is lost with the server.
        _server = await PrivatePostgres.StartAsync(_folder, ["wal_writer_delay = 10s"], default);
        await new DatabaseMigrator(NullLogger<DatabaseMigrator>.Instance).MigrateAsync(_server.ConnectionString, default);
        var services = new ServiceCollection().AddLogging()
            .AddPacsData(o => (o.ConnectionString, o.DataFolder) = (_server.ConnectionString, _folder));
        await using ServiceProvider provider = services.BuildServiceProvider();
        StudyRegistry registry = provider.GetRequiredService<StudyRegistry>();
        await registry.RecordAsync(Arrivals.Instance("1.1", "1.1.1", 1), default);
        RecordOutcome[] more = await Task.WhenAll(
            Enumerable.Range(3, 20).Select(i => registry.RecordAsync(Arrivals.Instance("1.1", "1.1.1", i), default)));

        Kill();
        Assert.All(more, o => Assert.IsType<RecordOutcome.Stored>(o));
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() =>
            registry.RecordAsync(Arrivals.Instance("1.1", "1.1.1", 2), default));
        await _server.StopAsync();
        _server = await PrivatePostgres.StartAsync(_folder, default);

        Assert.IsType<RecordOutcome.Duplicate>(await registry.RecordAsync(Arrivals.Instance("1.1", "1.1.1", 1), default));
        Assert.Equal(21L, await ScalarAsync<long>("select count(*) from instance"));
        Assert.IsType<RecordOutcome.Stored>(await registry.RecordAsync(Arrivals.Instance("1.1", "1.1.1", 2), default));
    }

    [Fact]
    public async Task A_pid_file_that_names_a_strangers_process_does_not_stop_the_start()
    {
        _server = await PrivatePostgres.StartAsync(_folder, default);
        string pid = Path.Combine(_server.ClusterFolder, "postmaster.pid");
        string[] lines = await File.ReadAllLinesAsync(pid);
        await _server.StopAsync();
        lines[0] = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(pid, lines);

        _server = await PrivatePostgres.StartAsync(_folder, default);

        Assert.Equal(1, await ScalarAsync<int>("select 1"));
    }

    [Fact]
    public async Task A_long_data_folder_still_gets_a_socket()
    {
        string deep = Path.Combine(_folder, new string('d', 60), new string('e', 60));

        _server = await PrivatePostgres.StartAsync(deep, default);

        Assert.Equal(1, await ScalarAsync<int>("select 1"));
    }

    [Fact]
    public async Task A_data_folder_that_is_closed_to_others_is_no_obstacle()
    {
        string closed = Directory.CreateDirectory(Path.Combine(_folder, "closed"), (UnixFileMode)0b111_000_000).FullName;

        _server = await PrivatePostgres.StartAsync(closed, default);
        int answer = await ScalarAsync<int>("select 1");
        await _server.StopAsync();
        _server = await PrivatePostgres.StartAsync(closed, default);

        Assert.Equal((1, 1), (answer, await ScalarAsync<int>("select 1")));
        if (Environment.IsPrivilegedProcess)
        {
            _elsewhere = new DirectoryInfo(Path.Combine(closed, "postgres")).LinkTarget;
            Assert.NotNull(_elsewhere);
        }
    }

    [Fact]
    public async Task Migration_is_idempotent_also_for_hosts_that_start_together_and_tells_its_status()
    {
        _server = await PrivatePostgres.StartAsync(_folder, default);
        var migrator = new DatabaseMigrator(NullLogger<DatabaseMigrator>.Instance);
        IReadOnlyList<MigrationStatus> before = migrator.Status(_server.ConnectionString);

        IReadOnlyList<string>[] applied = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            Task.Run(() => migrator.MigrateAsync(_server.ConnectionString, default))));

        Assert.All(before, s => Assert.False(s.IsApplied));
        Assert.Equal(before.Count, applied.Sum(a => a.Count));
        Assert.All(migrator.Status(_server.ConnectionString), s => Assert.True(s.IsApplied));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync("immediate");
        }
        Directory.Delete(_folder, recursive: true);
        if (_elsewhere is not null)
        {
            Directory.Delete(_elsewhere, recursive: true);
        }
    }

    private void Kill()
    {
        string pid = File.ReadLines(Path.Combine(_server!.ClusterFolder, "postmaster.pid")).First();
        using var process = Process.GetProcessById(int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture));
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_server!.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<T?> ScalarAsync<T>(string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_server!.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (T?)await command.ExecuteScalarAsync();
    }
}
