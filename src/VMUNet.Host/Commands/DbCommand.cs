using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using VMUNet.Data.Schema;

namespace VMUNet.Host.Commands;

/// <summary><c>db migrate</c> and <c>db status</c>: the schema of the instance's database.</summary>
internal static class DbCommand
{
    public static Command Create(CommandRunner runner) =>
        new("db", "The schema of the database.") { Migrate(runner), Status(runner) };

    private static Command Migrate(CommandRunner runner)
    {
        var command = new Command("migrate", "Apply what is missing; safe to repeat.") { DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var database = await OpenAsync(parsed, ct);
            var applied = await database.MigrateAsync(ct);
            runner.Terminal.Result(new { applied }, people => people.WriteLine(
                applied.Count == 0 ? "the schema is up to date" : $"applied {string.Join(", ", applied)}"));
            return ExitCode.Done;
        });
    }

    private static Command Status(CommandRunner runner)
    {
        var command = new Command("status", "Which scripts are applied.") { DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var database = await OpenAsync(parsed, ct);
            var scripts = new DatabaseMigrator(NullLogger<DatabaseMigrator>.Instance).Status(database.ConnectionString);
            var document = new
            {
                server = database.IsPrivate ? "private" : "configured",
                scripts = scripts.Select(s => new { script = s.Script, applied = s.IsApplied }),
            };
            runner.Terminal.Result(document, people =>
            {
                foreach (var script in scripts)
                {
                    people.WriteLine($"{(script.IsApplied ? "applied" : "missing")}  {script.Script}");
                }
            });
            return scripts.All(s => s.IsApplied) ? ExitCode.Done : ExitCode.Failed;
        });
    }

    private static Task<PacsDatabaseServer> OpenAsync(ParseResult parsed, CancellationToken ct) =>
        PacsDatabaseServer.StartAsync(PacsConfiguration.Of(DataFolder.Of(parsed)), DataFolder.Of(parsed), ct);
}
