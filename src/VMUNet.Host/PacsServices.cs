namespace VMUNet.Host;

/// <summary>
/// The rows of an instance for one command, beside a running product or without one: a running private PostgreSQL is
/// joined, a stopped one is started and stopped again.
/// </summary>
internal sealed class PacsServices : IAsyncDisposable
{
    private readonly PacsDatabaseServer _database;
    private readonly ServiceProvider _services;

    private PacsServices(PacsDatabaseServer database, ServiceProvider services) => (_database, _services) = (database, services);

    /// <summary>Opens the instance in a data folder.</summary>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="overrides">Configuration values that win over every file.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<PacsServices> OpenAsync(
        string dataFolder, IReadOnlyDictionary<string, string?> overrides, CancellationToken ct)
    {
        Directory.CreateDirectory(dataFolder);
        var configuration = new ConfigurationBuilder()
            .AddConfiguration(PacsConfiguration.Of(dataFolder)).AddInMemoryCollection(overrides).Build();
        var database = await PacsDatabaseServer.StartAsync(configuration, dataFolder, ct);
        try
        {
            await database.MigrateAsync(ct);
            var services = new ServiceCollection();
            services.AddLogging(l => l.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
            services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
                o => o.LogToStandardErrorThreshold = LogLevel.Trace);
            services.AddRows(configuration, new PacsSettings { DataFolder = dataFolder }, database.ConnectionString);
            return new PacsServices(database, services.BuildServiceProvider());
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }
}
