using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using VMUNet.Data.Network;
using VMUNet.Dimse;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>callers list|allow|deny|forget</c>: who was turned away, and who may call; a running listener obeys within a second.</summary>
internal static class CallersCommand
{
    public static Command Create(CommandRunner runner) => new("callers", "Who may send to us, and who was turned away.")
    {
        List(runner),
        Decide(runner, "allow", "Let callers in, beside those of the configuration.", isAllowed: true),
        Decide(runner, "deny", "Keep callers out, whatever the configuration says.", isAllowed: false),
        Forget(runner),
    };

    private static Command List(CommandRunner runner)
    {
        var command = new Command("list", "Callers with a decision, and those turned away, last seen first.") { DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            var callers = await instance.Get<CallerBook>().ListAsync(ct);
            var document = new
            {
                callers = callers.Select(c => new
                {
                    ae_title = c.AeTitle,
                    binding = c.Binding,
                    state = Name(c.State),
                    attempts = c.Attempts,
                    called_ae = c.CalledAe,
                    certificate = c.Certificate,
                    reason = c.Reason,
                    last_seen_at = c.LastSeenAt,
                    decided_by = c.DecidedBy,
                }),
            };
            runner.Terminal.Result(document, people => people.Write(TableOf(callers)));
            return ExitCode.Done;
        });
    }

    private static Command Decide(CommandRunner runner, string name, string description, bool isAllowed)
    {
        var callers = Callers();
        var person = Person();
        var command = new Command(name, description) { callers, person, DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            var chosen = parsed.GetRequiredValue(callers).Select(Parse).ToList();
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            foreach (var (title, binding) in chosen)
            {
                await instance.Get<CallerBook>().DecideAsync(title, binding, isAllowed, parsed.GetRequiredValue(person), ct);
            }

            Report(runner.Terminal, isAllowed ? "allowed" : "denied", chosen);
            return ExitCode.Done;
        });
    }

    private static Command Forget(CommandRunner runner)
    {
        var callers = Callers();
        var person = Person();
        var command = new Command("forget", "Remove rows, decision or not; the configuration rules again.") { callers, person, DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            var chosen = parsed.GetRequiredValue(callers).Select(Parse).ToList();
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            foreach (var (title, binding) in chosen)
            {
                if (!await instance.Get<CallerBook>().ForgetAsync(title, binding, parsed.GetRequiredValue(person), ct))
                {
                    throw new BadInputException($"There is no row for '{Text(title, binding)}'; 'callers list' shows them");
                }
            }

            Report(runner.Terminal, "forgotten", chosen);
            return ExitCode.Done;
        });
    }

    private static Argument<string[]> Callers() => new("CALLER...")
    {
        Description = "AE titles; AE@ADDRESS binds one to an address, AE@cert:NAME to a certificate's name.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static Option<string> Person() => new("--by")
    {
        Description = "Who decides, for the record.",
        DefaultValueFactory = _ => Environment.UserName,
    };

    private static (string Title, string Binding) Parse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (title, binding) = at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
        var isLegal = AeTitle.IsValid(title) && at != text.Length - 1 && (binding.Length == 0
            || binding.StartsWith("cert:", StringComparison.OrdinalIgnoreCase)
            || System.Net.IPAddress.TryParse(binding, out _));
        return isLegal
            ? (title.Trim(), binding)
            : throw new BadInputException($"'{text}' is none of AE, AE@ADDRESS, AE@cert:NAME");
    }

    private static void Report(Terminal terminal, string what, List<(string Title, string Binding)> callers) => terminal.Result(
        new { decision = what, callers = callers.Select(c => Text(c.Title, c.Binding)) },
        people => people.WriteLine($"{what}: {string.Join(", ", callers.Select(c => Text(c.Title, c.Binding)))}"));

    private static string Text(string title, string binding) => binding.Length == 0 ? title : $"{title}@{binding}";

    private static Table TableOf(IReadOnlyList<CallerDetail> callers)
    {
        var table = new Table().AddColumns("caller", "state", "attempts", "called", "last seen", "why", "by");
        foreach (var c in callers)
        {
            table.AddRow(
                Markup.Escape(Text(c.AeTitle, c.Binding)), Name(c.State), c.Attempts.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(c.CalledAe), c.LastSeenAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                Markup.Escape(c.Reason), Markup.Escape(c.DecidedBy ?? ""));
        }

        return table;
    }

    private static string Name(Enum state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
