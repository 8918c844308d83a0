using Npgsql;

namespace VMUNet.Data.Schema;

/// <summary>
/// Connections that only record instances, used by threads that wait: the socket never becomes one of the asynchronous kind,
/// statements stay prepared, and a connection goes back without a reset, for a transaction leaves nothing in its session.
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

    /// <summary>Runs the work in one transaction; it is committed when the work returns a value, undone when null.</summary>
    /// <exception cref="DatabaseUnavailableException">Nothing was recorded, or the answer to the commit was lost.</exception>
    public T? TryTransact<T>(Func<NpgsqlConnection, T?> work) where T : class
    {
        try
        {
            using NpgsqlConnection connection = _source.OpenConnection();
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            T? result = work(connection);
            if (result is not null)
            {
                transaction.Commit();
            }
            return result;
        }
        catch (Exception e) when (PacsDatabase.IsUnavailable(e))
        {
            throw new DatabaseUnavailableException(e);
        }
    }

    public void Dispose() => _source.Dispose();
}
