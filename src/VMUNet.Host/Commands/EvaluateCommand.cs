using System.CommandLine;
using Spectre.Console;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>evaluate --data DIR --model M --split NAME</c>: the numbers on a model's card.</summary>
internal static class EvaluateCommand
{
    public static Command Create(CommandRunner runner)
    {
        var data = new Option<string>("--data") { Description = "Folder of the data set.", Required = true };
        var model = new Option<string>("--model") { Description = "Name or folder of the model.", Required = true };
        var split = new Option<string>("--split")
        {
            Description = "Split of splits.json, or all. Default: locked where the set has splits, else all.",
            DefaultValueFactory = _ => "",
        };
        var precision = PrecisionOption.Create();
        var output = new Option<string?>("--out") { Description = "Also write the JSON document to this file." };
        var command = new Command("evaluate", "Score a model on a labelled data set.")
        {
            data, model, split, precision, output, DataFolder.Option,
        };
        return runner.On(command, (parsed, ct) =>
        {
            var set = DataSet.Open(parsed.GetRequiredValue(data));
            var name = parsed.GetValue(split) is { Length: > 0 } given ? given
                : set.SplitNames.Contains("locked") ? "locked" : DataSet.AllCases;
            using var loaded = LoadedModel.Load(
                Models.Resolve(parsed.GetRequiredValue(model), DataFolder.Of(parsed)), PrecisionOption.Of(parsed, precision));
            var report = runner.Terminal.WithProgress(
                $"{loaded.Name} on {name}", progress => Evaluator.Evaluate(loaded, set, name, progress, ct));
            var json = report.ToJson();
            if (parsed.GetValue(output) is { } path)
            {
                File.WriteAllText(path, json + "\n");
            }

            runner.Terminal.Result(json, people => people.Write(TableOf(report)));
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static Table TableOf(EvaluationReport report)
    {
        var table = new Table().Title($"{Markup.Escape(report.Model)}, {report.Cases} cases of {Markup.Escape(report.Split)}");
        if (report.Pooled is { } pooled)
        {
            table.AddColumns("figure", "DSC", "IoU", "accuracy", "specificity", "sensitivity");
            table.AddRow(
                "pooled", Figure.Share(pooled.Dsc), Figure.Share(pooled.Iou), Figure.Share(pooled.Acc),
                Figure.Share(pooled.Spe), Figure.Share(pooled.Sen));
            table.AddRow("mean of images", Figure.Share(report.PerImage!.DscMean), "", "", "", "");
            return table;
        }

        table.AddColumns("organ", "DSC", "HD95 mm", "cases", "missed", "invented");
        foreach (var (organ, figures) in report.Organs!)
        {
            table.AddRow(
                Markup.Escape(organ), Figure.Share(figures.DscMean), Figure.Length(figures.Hd95MmMean), $"{figures.N}",
                $"{figures.Missed}", $"{figures.Invented}");
        }

        table.AddRow("mean", Figure.Share(report.Mean!.Dsc), Figure.Length(report.Mean.Hd95Mm), "", "", "");
        return table;
    }
}
