using Npgsql;

namespace VMUNet.Data.Schema;

/// <summary>Short forms for parameterised SQL; $1, $2, ... are the values in order.</summary>
internal static class Sql
{
    // PostgresErrorCodes raised by the schema's own triggers.
    public const string LeaseLost = "VM001";
    public const string SplitConflict = "VM002";
    public const string IllegalMove = "VM004";
    public const string UniqueViolation = "23505";

    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = connection.Command(sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<T?> ScalarAsync<T>(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = connection.Command(sql, values);
        return await command.ExecuteScalarAsync(ct) is T value ? value : default;
    }

    public static async Task<List<T>> QueryAsync<T>(this NpgsqlConnection connection, string sql,
        Func<NpgsqlDataReader, T> read, CancellationToken ct, params object?[] values)
    {
        await using NpgsqlCommand command = connection.Command(sql, values);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    public static T? Nullable<T>(this NpgsqlDataReader reader, int column) where T : struct =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    public static string? Text(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    private static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (object? value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value is Enum e ? SnakeCase.Of(e) : value ?? DBNull.Value });
        }
        return command;
    }
}

/// <summary>Names of enum members as the schema spells them: <c>NothingFound</c> is <c>nothing_found</c>.</summary>
internal static class SnakeCase
{
    public static string Of(Enum value) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static T Parse<T>(string text) where T : struct, Enum =>
        Enum.Parse<T>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

}
