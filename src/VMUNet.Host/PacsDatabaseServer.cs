using Microsoft.Extensions.Logging.Abstractions;
using VMUNet.Data.Schema;
using VMUNet.Data.Server;

namespace VMUNet.Host;

/// <summary>The database of a run: the site's server when a connection string is configured, else the private cluster.</summary>
internal sealed class PacsDatabaseServer : IAsyncDisposable
{
    private readonly PrivatePostgres? _private;

    private PacsDatabaseServer(string connectionString, PrivatePostgres? server) =>
        (ConnectionString, _private) = (connectionString, server);

    public string ConnectionString { get; }

    /// <summary>Whether the private cluster is used.</summary>
    public bool IsPrivate => _private is not null;

    /// <summary>Connects to the configured server, or starts the private cluster of the data folder.</summary>
    /// <param name="configuration">Read for <c>ConnectionStrings:Pacs</c>.</param>
    /// <param name="dataFolder">Where the private cluster lies.</param>
    /// <param name="ct">Cancels the start.</param>
    public static async Task<PacsDatabaseServer> StartAsync(
        IConfiguration configuration, string dataFolder, CancellationToken ct)
    {
        if (configuration.GetConnectionString("Pacs") is { Length: > 0 } configured)
        {
            return new PacsDatabaseServer(configured, null);
        }

        var server = await PrivatePostgres.StartAsync(dataFolder, ct);
        return new PacsDatabaseServer(server.ConnectionString, server);
    }

    /// <summary>Brings the schema up to date.</summary>
    /// <returns>Names of the scripts that were applied now.</returns>
    public Task<IReadOnlyList<string>> MigrateAsync(CancellationToken ct) =>
        new DatabaseMigrator(NullLogger<DatabaseMigrator>.Instance).MigrateAsync(ConnectionString, ct);

    public async ValueTask DisposeAsync()
    {
        if (_private is not null)
        {
            await _private.DisposeAsync();
        }
    }
}
