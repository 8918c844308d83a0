using System.CommandLine;
using Spectre.Console;
using VMUNet.Imaging;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>compare MODEL_A MODEL_B --data DIR</c>: paired differences with intervals.</summary>
internal static class CompareCommand
{
    private const int ShownCases = 5;

    public static Command Create(CommandRunner runner)
    {
        var first = new Argument<string>("MODEL_A") { Description = "Name or folder of the first model." };
        var second = new Argument<string>("MODEL_B") { Description = "Name or folder of the second model." };
        var data = new Option<string>("--data") { Description = "Folder of the data set.", Required = true };
        var split = new Option<string>("--split")
        {
            Description = "Split of splits.json, or all. Default: locked, or test, where the set has it, else all.",
            DefaultValueFactory = _ => "",
        };
        var precision = PrecisionOption.Create();
        var command = new Command("compare", "Two models on the same cases: paired differences (B minus A) with intervals, per organ.")
        {
            first, second, data, split, precision, DataFolder.Option,
        };
        return runner.On(command, (parsed, ct) =>
        {
            var set = DataSet.Open(parsed.GetRequiredValue(data), DicomPairs.Reader);
            var name = EvaluateCommand.SplitOf(set, parsed.GetValue(split));
            LoadedModel Load(Argument<string> model) =>
                PrecisionOption.Load(parsed, precision, Models.Resolve(parsed.GetRequiredValue(model), DataFolder.Of(parsed)));
            EvaluationReport Run(LoadedModel model) => runner.Terminal.WithProgress(
                $"{model.Name} on {name}", progress => Evaluator.Evaluate(model, set, name, progress, ct));

            using var a = Load(first);
            using var b = Load(second); // before A's cases are computed, which may take hours
            if (a.Manifest.Task != b.Manifest.Task)
            {
                throw new BadInputException($"{a.Name} is for {a.Manifest.Task}, {b.Name} for {b.Manifest.Task}; compare models of one task");
            }

            var report = ModelComparison.Of(Run(a), Run(b));
            runner.Terminal.Result(report.ToJson(), people => Print(people, report));
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static void Print(IAnsiConsole people, ModelComparison report)
    {
        var table = new Table()
            .Title(Markup.Escape($"B {report.B.Model} minus A {report.A.Model}, {report.Cases} cases of {report.Split}, {report.Patients} patients"))
            .AddColumns("organ", "DSC A", "DSC B", "difference", "95 % interval", "HD95 mm", "95 % interval", "p (B better)", "newly failed", "repaired");
        foreach (var (organ, figures) in report.Organs)
        {
            table.AddRow(
            [
                Markup.Escape(organ), .. Cells(figures.Dsc), Figure.Length(figures.Hd95Mm?.Difference),
                Interval(figures.Hd95Mm?.Ci95, Figure.Length), Figure.Share(figures.WilcoxonP), $"{figures.NewlyFailed}", $"{figures.Repaired}",
            ]);
        }

        foreach (var (name, difference) in new[] { ("mean of cases", report.Mean), ("pooled", report.Pooled) })
        {
            if (difference is not null)
            {
                table.AddRow([name, .. Cells(difference), "", "", "", "", ""]);
            }
        }

        people.Write(table);
        foreach (var one in report.PerCase.Take(ShownCases).Where(c => c.Difference < 0))
        {
            people.WriteLine($"{one.Name}: {Figure.Share(one.A)} to {Figure.Share(one.B)}");
        }
    }

    private static string[] Cells(PairedDifference? difference) =>
    [
        Figure.Share(difference?.A), Figure.Share(difference?.B), Figure.Share(difference?.Difference),
        Interval(difference?.Ci95, Figure.Share),
    ];

    private static string Interval(double[]? interval, Func<double?, string> text) =>
        interval is null ? "-" : $"{text(interval[0])} to {text(interval[1])}";
}
