using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using VMUNet.Data.Learning;
using VMUNet.Data.Queries;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>curate list|accept|reject</c>: which corrections may teach.</summary>
internal static class CurateCommand
{
    public static Command Create(CommandRunner runner) => new("curate", "The pool of reviewers' corrections.")
    {
        List(runner),
        Decide(runner, "accept", "The cases may teach from the next snapshot on.", (desk, id, who, why, ct) => desk.AcceptAsync(id, who, why, ct)),
        Decide(runner, "reject", "The cases stay out.", (desk, id, who, why, ct) => desk.RejectAsync(id, who, why, ct)),
    };

    private static Command List(CommandRunner runner)
    {
        var limit = new Option<int>("--limit") { Description = "At most this many.", DefaultValueFactory = _ => 200 };
        var command = new Command("list", "Cases, newest first.") { limit, DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            var cases = await instance.Get<PacsQueries>().CuratedAsync(null, parsed.GetValue(limit), ct);
            var document = new
            {
                cases = cases.Select(c => new
                {
                    id = c.CuratedCaseId,
                    case_uid = c.CaseUid,
                    task = c.Task,
                    state = Name(c.State),
                    split = Name(c.Split),
                    study_uid = c.StudyInstanceUid,
                    actor = c.Actor,
                    reason = c.Reason,
                    organs = c.Organs.Select(o => new { name = o.Organ, dsc = o.Dsc }),
                }),
            };
            runner.Terminal.Result(document, people => people.Write(TableOf(cases)));
            return ExitCode.Done;
        });
    }

    private static Command Decide(
        CommandRunner runner, string name, string description,
        Func<CurationDesk, long, string, string, CancellationToken, Task> decide)
    {
        var cases = new Argument<string[]>("CASE...") { Description = "Numbers of the cases, or all (those that wait).", Arity = ArgumentArity.OneOrMore };
        var person = new Option<string>("--by") { Description = "Who decides.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why.", DefaultValueFactory = _ => "" };
        var command = new Command(name, description) { cases, person, reason, DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            var chosen = await ChooseAsync(instance.Get<PacsQueries>(), parsed.GetRequiredValue(cases), ct);
            foreach (var id in chosen)
            {
                try
                {
                    await decide(
                        instance.Get<CurationDesk>(), id, parsed.GetRequiredValue(person), parsed.GetRequiredValue(reason), ct);
                }
                catch (IllegalCaseMoveException illegal)
                {
                    throw new BadInputException(illegal.Message, illegal);
                }
            }

            runner.Terminal.Result(new { decision = name, cases = chosen }, people => people.WriteLine(
                $"{name}: {chosen.Count} {(chosen.Count == 1 ? "case" : "cases")}"));
            return ExitCode.Done;
        });
    }

    private static async Task<IReadOnlyList<long>> ChooseAsync(PacsQueries queries, string[] words, CancellationToken ct)
    {
        if (words is ["all"])
        {
            return [.. (await queries.CuratedAsync(CaseState.Checked, int.MaxValue, ct)).Select(c => c.CuratedCaseId)];
        }

        return [.. words.Select(word => long.TryParse(word, out var id)
            ? id
            : throw new BadInputException($"'{word}' is no case number; 'curate list' shows them, 'all' takes those that wait"))];
    }

    private static Table TableOf(IReadOnlyList<CuratedDetail> cases)
    {
        var table = new Table().AddColumns("case", "task", "state", "split", "DSC of our result", "by", "reason");
        foreach (var c in cases)
        {
            table.AddRow(
                $"{c.CuratedCaseId}", Markup.Escape(c.Task), Name(c.State), Name(c.Split),
                Markup.Escape(string.Join(", ", c.Organs.Select(o => $"{o.Organ} {Figure.Share(o.Dsc)}"))),
                Markup.Escape(c.Actor), Markup.Escape(c.Reason));
        }

        return table;
    }

    private static string Name(Enum state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
