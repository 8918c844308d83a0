using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>evaluate --data DIR --model M --split NAME</c>: the numbers on a model's card.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<string> s_data = new("--data") { Description = "Folder of the data set.", Required = true };
    private static readonly Option<string> s_model = new("--model") { Description = "Name or folder of the model.", Required = true };

    private static readonly Option<string> s_split = new("--split")
    {
        Description = "Split of splits.json, or all. Default: locked, or test, where the set has it, else all.",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> s_convention = Convention();
    private static readonly Option<string> s_precision = PrecisionOption.Create();
    private static readonly Option<string> s_device = new("--device") { Description = "auto, cpu or cuda:N.", DefaultValueFactory = _ => DeviceChoice.Auto };
    private static readonly Option<string?> s_gallery = new("--gallery") { Description = "Also write the worst cases as a picture (PNG)." };
    private static readonly Option<string?> s_output = new("--out") { Description = "Also write the JSON document to this file." };

    public static Command Create(CommandRunner runner)
    {
        var command = new Command("evaluate", "Score a model on a labelled data set.")
        {
            s_data, s_model, s_split, s_convention, s_precision, s_device, s_gallery, s_output, DataFolder.Option,
        };
        return runner.On(command, (parsed, ct) =>
        {
            OutputFile.Demand(parsed.GetValue(s_gallery));
            OutputFile.Demand(parsed.GetValue(s_output));
            var set = DataSet.Open(parsed.GetRequiredValue(s_data), DicomPairs.Reader);
            var name = SplitOf(set, parsed.GetValue(s_split));
            var worst = parsed.GetValue(s_gallery) is null ? null : new WorstCases();
            var options = new EvaluationOptions
            {
                WithPaper = parsed.GetRequiredValue(s_convention) is MetricsReport.PaperConvention or PaperMetrics.Convention,
                WithReliability = true,
                Worst = worst,
            };
            using var loaded = PrecisionOption.Load(
                parsed, s_precision, Models.Resolve(parsed.GetRequiredValue(s_model), DataFolder.Of(parsed)), parsed.GetRequiredValue(s_device));
            var report = runner.Terminal.WithProgress(
                $"{loaded.Name} on {name}", progress => Evaluator.Evaluate(loaded, set, name, progress, ct, options));
            var json = report.ToJson();
            if (parsed.GetValue(s_output) is { } path)
            {
                File.WriteAllText(path, json + "\n");
            }

            if (worst?.Sheet($"{report.Model} on {name}: the worst of {report.Cases} cases, DSC") is { } sheet)
            {
                PictureFile.WritePng(parsed.GetValue(s_gallery)!, sheet);
            }

            runner.Terminal.Result(json, people => Print(people, report));
            return Task.FromResult(ExitCode.Done);
        });
    }

    /// <summary>The split to use when none is named.</summary>
    public static string SplitOf(DataSet set, string? given) =>
        given is { Length: > 0 } ? given : set.ReportingSplit;

    private static Option<string> Convention()
    {
        var option = new Option<string>("--convention")
        {
            Description = "qa (vmunet-qa/1), or paper: beside it the papers' numbers, from the papers' way of predicting.",
            DefaultValueFactory = _ => MetricsReport.QaConvention,
        };
        option.AcceptOnlyFromAmong(
            MetricsReport.QaConvention, MetricsReport.PaperConvention, SegmentationQa.Convention, PaperMetrics.Convention);
        return option;
    }

    private static void Print(IAnsiConsole people, EvaluationReport report)
    {
        people.Write(TableOf(report));
        if (report.Paper is { } paper)
        {
            people.Write(TableOf(paper));
        }

        if (report.Reliability is { } reliability)
        {
            people.Write(TableOf(reliability));
        }
    }

    private static Table TableOf(EvaluationReport report)
    {
        var table = new Table().Title($"{Markup.Escape(report.Model)}, {report.Cases} cases of {Markup.Escape(report.Split)}");
        if (report.Pooled is { } pooled)
        {
            table.AddColumns("figure", "DSC", "95 % interval", "IoU", "accuracy", "specificity", "sensitivity");
            table.AddRow(
                "pooled", Figure.Share(pooled.Dsc), Interval(pooled.DscCi95), Figure.Share(pooled.Iou), Figure.Share(pooled.Acc),
                Figure.Share(pooled.Spe), Figure.Share(pooled.Sen));
            var images = report.PerImage!.Metrics!;
            string Of(string metric, Func<Distribution, double> figure) => images.TryGetValue(metric, out var d) ? Figure.Share(figure(d)) : "";
            table.AddRow(
                "mean of images", Figure.Share(report.PerImage.DscMean), Interval(report.PerImage.DscCi95), Of("iou", d => d.Mean), Of("acc", d => d.Mean),
                Of("spe", d => d.Mean), Of("sen", d => d.Mean));
            table.AddRow(
                "median of images", Figure.Share(report.PerImage.DscMedian), Interval(images.GetValueOrDefault("dsc")?.MedianCi95), Of("iou", d => d.Median),
                Of("acc", d => d.Median), Of("spe", d => d.Median), Of("sen", d => d.Median));
            return table.Caption($"{report.PerImage.BelowHalf} images below 0.5");
        }

        table.AddColumns("organ", "DSC", "95 % interval", "HD95 mm", "NSD", "cases", "missed", "invented", "in neither");
        foreach (var (organ, figures) in report.Organs!)
        {
            table.AddRow(
                Markup.Escape(organ), Figure.Share(figures.DscMean), Interval(figures.DscCi95), Figure.Length(figures.Hd95MmMean),
                Figure.Share(figures.NsdMean), $"{figures.N}", $"{figures.Missed}", $"{figures.Invented}", $"{figures.BothEmpty}");
        }

        table.AddRow(
            "mean", Figure.Share(report.Mean!.Dsc), Interval(report.Mean.DscCi95), Figure.Length(report.Mean.Hd95Mm),
            Figure.Share(report.Mean.Nsd), "", "", "", "");
        return report.Mean.Hd95Mm is null
            ? table.Caption("no distances: the files give no millimetres, or no organ is in both")
            : table.Caption($"HD95 over cases with the organ in both; {Figure.Length(report.Mean.Hd95MmPenalised)} mm when a missed or invented organ counts as the image's diagonal");
    }

    private static Table TableOf(PaperFigures paper)
    {
        var table = new Table().Title($"by the papers' procedure ({Markup.Escape(paper.Convention)})");
        if (paper.Pooled256 is { } pooled)
        {
            table.AddColumns("mIoU", "DSC", "accuracy", "specificity", "sensitivity");
            table.AddRow(
                Figure.Share(pooled.Iou), Figure.Share(pooled.Dsc), Figure.Share(pooled.Acc), Figure.Share(pooled.Spe), Figure.Share(pooled.Sen));
            return table;
        }

        table.AddColumns("organ", "DSC", "HD95 voxels");
        foreach (var (organ, figures) in paper.Organs!)
        {
            table.AddRow(Markup.Escape(organ), Figure.Share(figures.Dice), Figure.Length(figures.Hd95Vox));
        }

        table.AddRow("mean", Figure.Share(paper.Mean?.Dice), Figure.Length(paper.Mean?.Hd95Vox));
        return table;
    }

    private static Table TableOf(ReliabilityTable reliability)
    {
        var table = new Table().Title("reliability: what was stated, what was right").AddColumns("probability", "voxels", "stated", "right");
        foreach (var bin in reliability.Bins)
        {
            table.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"{bin.From:0.0} to {bin.To:0.0}"), $"{bin.Count}",
                Figure.Share(bin.Confidence), Figure.Share(bin.Observed));
        }

        return table.Caption($"expected calibration error {Figure.Share(reliability.ExpectedCalibrationError)}");
    }

    private static string Interval(double[]? interval) =>
        interval is null ? "" : $"{Figure.Share(interval[0])} to {Figure.Share(interval[1])}";
}
