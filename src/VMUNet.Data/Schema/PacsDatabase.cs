using System.Data;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace VMUNet.Data.Schema;

/// <summary>Connections, transactions and contexts; turns the driver's failures into this room's exceptions.</summary>
internal sealed class PacsDatabase(NpgsqlDataSource source, DbContextOptions<PacsDbContext> options)
{
    /// <summary>Runs the work in one transaction; it is committed when the work returns.</summary>
    public Task TransactAsync(Func<NpgsqlConnection, Task> work, CancellationToken ct) =>
        TransactAsync(async c =>
        {
            await work(c);
            return 0;
        }, ct);

    /// <summary>Runs a read on an untracked context.</summary>
    public async Task<T> ReadAsync<T>(Func<PacsDbContext, Task<T>> query, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        await using var context = new PacsDbContext(options);
        try
        {
            return await query(context);
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            throw new DatabaseUnavailableException(e);
        }
    }

    /// <summary>A connection that the caller holds, for session locks.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        try
        {
            return await source.OpenConnectionAsync(ct);
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            throw new DatabaseUnavailableException(e);
        }
    }

    /// <summary>Runs the work in one transaction; it is committed when the work returns.</summary>
    public async Task<T> TransactAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct)
    {
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct);
            await using NpgsqlTransaction transaction =
                await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct);
            T result = await work(connection);
            // Not cancellable: a cancelled commit may or may not have happened.
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            throw new DatabaseUnavailableException(e);
        }
    }

    /// <summary>True for trouble that time may heal: no connection, server stopping, too many sessions, deadlock.</summary>
    internal static bool IsUnavailable(Exception e) => e switch
    {
        PostgresException p => p.IsTransient || p.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || p.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or SocketException or TimeoutException => true,
        InvalidOperationException { InnerException: { } inner } => IsUnavailable(inner), // EF's retry hint
        _ => false,
    };
}
