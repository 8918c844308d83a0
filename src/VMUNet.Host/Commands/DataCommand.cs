using System.CommandLine;
using Spectre.Console;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>data check DIR</c>: everything that is wrong with a data set, at once; <c>data folds DIR</c>: cross-validation.</summary>
internal static class DataCommand
{
    private const int MostRows = 60;

    public static Command Create(CommandRunner runner) => new("data", "Data sets for training and evaluation.")
    {
        Check(runner), Folds(runner),
    };

    private static Command Check(CommandRunner runner)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder of the data set." };
        var task = new Option<string?>("--task")
        {
            Description = "Task whose labels are expected; by default the labels of every task for such images are.",
        };
        var sheet = new Option<string>("--sheet")
        {
            Description = "Contact sheet to write (PNG).",
            DefaultValueFactory = _ => "contact-sheet.png",
        };
        var isStrict = new Option<bool>("--strict") { Description = "Refuse warnings too." };
        var command = new Command(
            "check",
            "Find mismatched sizes, empty labels, duplicate pixels, label values out of range, a patient in two splits. "
            + "Exit code 0: nothing that training would refuse; 2: there is.")
        {
            folder, task, sheet, isStrict,
        };
        return runner.On(command, (parsed, ct) =>
        {
            OutputFile.Demand(parsed.GetRequiredValue(sheet));
            var path = parsed.GetRequiredValue(folder);
            var report = runner.Terminal.WithProgress($"checking {path}", progress => DataCheck.Run(
                path, parsed.GetValue(task), DicomPairs.Reader, parsed.GetRequiredValue(sheet), progress, ct));
            runner.Terminal.Result(report.ToJson(), people => Print(people, report));
            var isRefused = report.Errors > 0 || (parsed.GetValue(isStrict) && report.Warnings > 0);
            return Task.FromResult(isRefused ? ExitCode.WrongUsage : ExitCode.Done);
        });
    }

    private static Command Folds(CommandRunner runner)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder of the data set." };
        var folds = new Option<int>("--folds") { Description = "Number of folds.", DefaultValueFactory = _ => 5 };
        var output = new Option<string>("--out") { Description = "Folder to write: fold-1, fold-2... in it.", Required = true };
        var seed = new Option<int>("--seed") { Description = "Seed of the dealing.", DefaultValueFactory = _ => 1 };
        var command = new Command(
            "folds",
            "Deal the patients of train and dev out to folds for cross-validation, each a data set of links with a train and a dev split. "
            + "Other splits are left out.")
        {
            folder, folds, output, seed,
        };
        return runner.On(command, (parsed, _) =>
        {
            var report = DataFolds.Write(
                parsed.GetRequiredValue(folder), parsed.GetValue(folds), parsed.GetValue(seed), parsed.GetRequiredValue(output), DicomPairs.Reader);
            runner.Terminal.Result(report, people =>
            {
                var table = new Table().AddColumns("fold", "train", "dev").Caption($"{report.LeftOut} cases of other splits or of none are in no fold");
                foreach (var fold in report.Folds)
                {
                    table.AddRow(Markup.Escape(fold.Folder), $"{fold.Train.Count}", $"{fold.Dev.Count}");
                }

                people.Write(table);
            });
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static void Print(IAnsiConsole people, DataCheckReport report)
    {
        var splits = report.Splits.Count == 0 ? "no splits" : string.Join(", ", report.Splits.Select(s => $"{s.Key} {s.Value}"));
        people.WriteLine($"{report.Data}: {report.Cases} cases ({splits})");
        var labels = new Table().AddColumns("label", "name", "cases", "voxels");
        foreach (var (value, found) in report.Labels)
        {
            labels.AddRow(value, Markup.Escape(found.Name ?? ""), $"{found.Cases}", $"{found.Voxels}");
        }

        people.Write(labels);
        if (report.Findings.Count > 0)
        {
            var findings = new Table().AddColumns("severity", "finding", "what");
            foreach (var finding in report.Findings.Take(MostRows))
            {
                findings.AddRow(
                    finding.Severity == FindingSeverity.Error ? "error" : "warning", finding.Kind, Markup.Escape(finding.Message));
            }

            people.Write(findings);
            if (report.Findings.Count > MostRows)
            {
                people.WriteLine($"... and {report.Findings.Count - MostRows} more; --json has them all");
            }
        }

        people.WriteLine($"{report.Errors} errors, {report.Warnings} warnings; {report.ContactSheet}");
    }
}
