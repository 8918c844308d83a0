using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;
using VMUNet.Data.Schema;
using VMUNet.Testing;

namespace VMUNet.Data.Tests.Schema;

public sealed class ModelMatchesSchemaTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Every_mapped_column_is_live_with_its_type_and_nullability_and_none_is_forgotten()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(await postgres.StartAsync());
        await using var context = new PacsDbContext(DataRegistration.ContextOptions(source));

        SortedSet<string> mapped = [.. context.Model.GetEntityTypes().SelectMany(Columns)];
        SortedSet<string> live = [.. await LiveAsync(source)];

        Assert.NotEmpty(mapped);
        Assert.Equal(string.Join('\n', live), string.Join('\n', mapped));
    }

    private static IEnumerable<string> Columns(IEntityType type)
    {
        bool isView = type.GetTableName() is null;
        string table = type.GetTableName() ?? type.GetViewName()!;
        foreach (IProperty property in type.GetProperties())
        {
            StoreObjectIdentifier store = isView
                ? StoreObjectIdentifier.View(table) : StoreObjectIdentifier.Table(table);
            // Columns of a view are always nullable to the server.
            string nullable = isView || property.IsNullable ? "null" : "not null";
            yield return $"{table}.{property.GetColumnName(store)} {property.GetColumnType()} {nullable}";
        }
    }

    private static async Task<List<string>> LiveAsync(NpgsqlDataSource source)
    {
        await using NpgsqlCommand command = source.CreateCommand("""
            select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                || case when a.attnotnull then ' not null' else ' null' end
            from pg_attribute a join pg_class c on c.oid = a.attrelid
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') and a.attnum > 0
                and not a.attisdropped and c.relname <> 'schema_version'
            """);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }
        return rows;
    }
}
