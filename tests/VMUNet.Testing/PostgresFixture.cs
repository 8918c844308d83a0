using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using VMUNet.Data;
using VMUNet.Data.Schema;
using VMUNet.Data.Server;
using Xunit.Sdk;
using Xunit.v3;

namespace VMUNet.Testing;

/// <summary>
/// A database of its own on a real server, for one test class: <c>IClassFixture&lt;PostgresFixture&gt;</c>, and
/// <c>await postgres.StartAsync()</c> first in each test. The process shares one cluster; the schema is migrated once
/// into a template, which each class clones.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private static int s_clones;
    private readonly Lazy<Task<string>> _database;
    private readonly List<ServiceProvider> _services = [];

    public PostgresFixture() => _database = new Lazy<Task<string>>(CloneAsync);

    /// <summary>Folder that stands for the data folder of this class.</summary>
    public string DataFolder { get; } = Directory.CreateTempSubdirectory("vmunet-data-").FullName;

    /// <summary>Clones the template on first call; returns the connection string of this class's database.</summary>
    public Task<string> StartAsync() => _database.Value;

    /// <summary>The room's services over this class's database; disposed with the fixture.</summary>
    public async Task<ServiceProvider> ServicesAsync(Action<IServiceCollection>? more = null)
    {
        string connectionString = await StartAsync();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPacsData(o => (o.ConnectionString, o.DataFolder) = (connectionString, DataFolder));
        more?.Invoke(services);
        ServiceProvider provider = services.BuildServiceProvider();
        _services.Add(provider);
        return provider;
    }

    /// <summary>One statement straight to the server.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(await StartAsync());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>One value straight from the server; default for NULL and for no row.</summary>
    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(await StartAsync());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ServiceProvider provider in _services)
        {
            await provider.DisposeAsync();
        }
        Directory.Delete(DataFolder, recursive: true);
    }

    private static async Task<string> CloneAsync()
    {
        string template = await TestCluster.TemplateAsync();
        string name = $"test_{Interlocked.Increment(ref s_clones)}";
        await TestCluster.ExecuteAsync($"create database {name} template {TestCluster.TemplateName}");
        return new NpgsqlConnectionStringBuilder(template) { Database = name, Pooling = true }.ConnectionString;
    }
}

/// <summary>
/// The process's one cluster; stopped and deleted behind the last test: an assembly whose tests use it says
/// <c>[assembly: TestPipelineStartup(typeof(TestCluster))]</c>. Not at the process's exit, which the runner ends after ten seconds.
/// </summary>
public sealed class TestCluster : ITestPipelineStartup
{
    internal const string TemplateName = "migrated";
    private const string Prefix = "vmunet-pg-";

    // Nothing here must survive a power loss.
    private static readonly string[] s_settings =
        ["fsync = off", "synchronous_commit = off", "full_page_writes = off", "shared_buffers = 32MB"];

    private static readonly Lazy<Task<PrivatePostgres>> s_cluster = new(LaunchAsync);
    private static readonly Lazy<Task<string>> s_template = new(MigrateAsync);
    private static string? s_folder;

    /// <inheritdoc/>
    public ValueTask StartAsync(IMessageSink diagnosticMessageSink) => default;

    /// <inheritdoc/>
    public async ValueTask StopAsync()
    {
        if (!s_cluster.IsValueCreated)
        {
            return;
        }
        await (await s_cluster.Value).StopAsync("immediate");
        Directory.Delete(s_folder!, recursive: true);
    }

    /// <summary>Connection string of the migrated template.</summary>
    internal static Task<string> TemplateAsync() => s_template.Value;

    /// <summary>One administrative statement, outside any transaction.</summary>
    internal static async Task ExecuteAsync(string sql)
    {
        PrivatePostgres cluster = await s_cluster.Value;
        var unpooled = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<PrivatePostgres> LaunchAsync()
    {
        string folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        // The server may run as another user, who must be let through; the cluster inside is closed to others.
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        PrivatePostgres cluster = await PrivatePostgres.StartAsync(folder, s_settings, CancellationToken.None);
        s_folder = folder;
        return cluster;
    }

    private static async Task<string> MigrateAsync()
    {
        PrivatePostgres cluster = await s_cluster.Value;
        await ExecuteAsync($"create database {TemplateName}");
        string connectionString = new NpgsqlConnectionStringBuilder(cluster.ConnectionString)
        {
            Database = TemplateName,
            Pooling = false,
        }.ConnectionString;
        await new DatabaseMigrator(NullLogger<DatabaseMigrator>.Instance)
            .MigrateAsync(connectionString, CancellationToken.None);
        return connectionString;
    }
}
