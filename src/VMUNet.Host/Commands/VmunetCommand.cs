using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace VMUNet.Host.Commands;

/// <summary>The root of the command line: every verb, and the one place that turns outcomes into exit codes.</summary>
internal static class VmunetCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json")
        {
            Description = "Print the result as exactly one JSON document on standard output.",
            Recursive = true,
        };
        // Not RootCommand: that one takes its name from the program file, and people start the launcher.
        var root = new Command(
            "vmunet",
            "VMUNet.Pacs: receives DICOM series, segments them with VM-UNet, returns DICOM SEG, learns from corrections. "
            + "Not for diagnostic use.");
        root.Options.Add(json);
        root.Options.Add(new HelpOption());
        root.Options.Add(new VersionOption());
        foreach (var verb in Verbs(new CommandRunner(terminal, json)))
        {
            root.Subcommands.Add(verb);
        }

        return root;
    }

    /// <summary>Runs one command line. 0 done, 1 failed, 2 wrong usage or refused input.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var parsed = Create(terminal).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (var error in parsed.Errors)
            {
                terminal.Say($"vmunet: {error.Message}");
            }

            terminal.Say($"vmunet: '{CommandLineOf(parsed)} --help' shows the usage");
            return ExitCode.WrongUsage;
        }

        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = terminal.Output,
            Error = terminal.Error,
        };
        return await parsed.InvokeAsync(configuration, CancellationToken.None);
    }

    private static IEnumerable<Command> Verbs(CommandRunner runner) =>
    [
        UpCommand.Create(runner),
        DemoCommand.Create(runner),
        SendCommand.Create(runner),
        EchoCommand.Create(runner),
        FindCommand.Create(runner),
        MoveCommand.Create(runner),
        CallersCommand.Create(runner),
        DeliveriesCommand.Create(runner),
        QuarantineCommand.Create(runner),
        SegmentCommand.Create(runner),
        DicomizeCommand.Create(runner),
        SegCommand.Create(runner),
        ReproduceCommand.Create(runner),
        MetricsCommand.Create(runner),
        DataCommand.Create(runner),
        TrainCommand.Create(runner),
        EvaluateCommand.Create(runner),
        CompareCommand.Create(runner),
        AcceptanceCommand.Create(runner),
        ModelCommand.Create(runner),
        CurateCommand.Create(runner),
        RetrainCommand.Create(runner),
        DbCommand.Create(runner),
        ConformanceCommand.Create(runner),
    ];

    private static string CommandLineOf(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? part = parsed.CommandResult; part is not null; part = part.Parent)
        {
            if (part is CommandResult verb)
            {
                names.Push(verb.Command.Name);
            }
        }

        return string.Join(' ', names);
    }
}
