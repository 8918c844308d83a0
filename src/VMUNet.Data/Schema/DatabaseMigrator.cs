using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace VMUNet.Data.Schema;

/// <summary>One numbered SQL file and whether this database has it.</summary>
public sealed record MigrationStatus(string Script, bool IsApplied);

/// <summary>Brings a database to the schema of db/*.sql, which is embedded into this assembly. Forward only.</summary>
public sealed class DatabaseMigrator(ILogger<DatabaseMigrator> logger)
{
    // Any fixed number: hosts that start together queue here, the second finds nothing left to do.
    private const long AdvisoryLock = 0x564D554E65740001;

    /// <summary>Applies what is missing, each file in a transaction of its own; returns the names applied now.</summary>
    /// <exception cref="InvalidOperationException">A file failed; the message names it.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(string connectionString, CancellationToken ct)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var holder = new NpgsqlConnection(unpooled.ConnectionString);
        await holder.OpenAsync(ct);
        await using (var take = new NpgsqlCommand($"select pg_advisory_lock({AdvisoryLock})", holder))
        {
            take.CommandTimeout = 600;
            await take.ExecuteNonQueryAsync(ct);
        }
        // The lock is the session's: it ends with the connection, also when we are killed.
        DatabaseUpgradeResult result = Engine(unpooled.ConnectionString).PerformUpgrade();
        if (!result.Successful)
        {
            throw new InvalidOperationException(
                $"Migration {result.ErrorScript?.Name ?? "(unknown)"} failed: {result.Error.Message}", result.Error);
        }
        return [.. result.Scripts.Select(s => s.Name)];
    }

    /// <summary>Every known file in order, applied or not. Writes nothing.</summary>
    public IReadOnlyList<MigrationStatus> Status(string connectionString)
    {
        UpgradeEngine engine = Engine(connectionString);
        var applied = engine.GetExecutedScripts().ToHashSet(StringComparer.Ordinal);
        return [.. engine.GetDiscoveredScripts().Select(s => new MigrationStatus(s.Name, applied.Contains(s.Name)))];
    }

    private UpgradeEngine Engine(string connectionString) => DeployChanges.To
        .PostgresqlDatabase(connectionString)
        .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(),
            name => name.StartsWith("db/", StringComparison.Ordinal))
        .JournalToPostgresqlTable("public", "schema_version")
        .WithTransactionPerScript()
        .LogTo(new LogBridge(logger))
        .Build();

    private sealed class LogBridge(ILogger logger) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) => Log.Migration(logger, Text(format, args));

        public void LogDebug(string format, params object[] args) => Log.Migration(logger, Text(format, args));

        public void LogInformation(string format, params object[] args) => Log.Migration(logger, Text(format, args));

        public void LogWarning(string format, params object[] args) => Log.MigrationWarning(logger, Text(format, args));

        public void LogError(string format, params object[] args) => Log.MigrationError(logger, Text(format, args), null);

        public void LogError(Exception ex, string format, params object[] args) =>
            Log.MigrationError(logger, Text(format, args), ex);

        private static string Text(string format, object[] args) =>
            args.Length == 0 ? format : string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
    }
}
