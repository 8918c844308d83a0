using Npgsql;

namespace VMUNet.Data.Schema;

/// <summary>
/// Connections that only record instances, used by threads that wait: statements stay prepared, and a connection goes back
/// without a reset, for a transaction leaves nothing in its session.
/// </summary>
internal sealed class RecordingConnections : IDisposable
{
    private const int Most = 16;
    private readonly NpgsqlDataSource _source;

    /// <param name="connectionString">The database.</param>
    /// <param name="isDurable">Whether a commit waits until it is on disk; false is for measuring only.</param>
    public RecordingConnections(string connectionString, bool isDurable)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { NoResetOnClose = true, MaxPoolSize = Most };
        if (!isDurable)
        {
            builder.Options = "-c synchronous_commit=off";
        }
        _source = NpgsqlDataSource.Create(builder);
    }

    /// <summary>Runs the work on a connection; whatever it must do as one, it does as one.</summary>
    /// <exception cref="DatabaseUnavailableException">Nothing was recorded, or the answer to the commit was lost.</exception>
    public T Use<T>(Func<NpgsqlConnection, T> work)
    {
        try
        {
            using NpgsqlConnection connection = _source.OpenConnection();
            return work(connection);
        }
        catch (Exception e) when (PacsDatabase.IsUnavailable(e))
        {
            throw new DatabaseUnavailableException(e);
        }
    }

    public void Dispose() => _source.Dispose();
}
