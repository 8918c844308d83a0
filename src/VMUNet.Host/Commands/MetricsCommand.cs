using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Host.Commands;

/// <summary><c>metrics A B</c>: scores label file A (prediction) against B (reference).</summary>
internal static class MetricsCommand
{
    private static readonly string[] s_shown =
    [
        "status", "reason", "dsc", "iou", "hd95_mm", "assd_mm", "volume_pred_ml", "volume_ref_ml", "unit", "dice", "hd95_vox",
    ];

    public static Command Create(CommandRunner runner)
    {
        var prediction = new Argument<string>("A") { Description = "Labels of the prediction: .nii, .nii.gz, .png or .raw." };
        var reference = new Argument<string>("B") { Description = "Labels of the reference, on the same grid." };
        var convention = new Option<string>("--convention")
        {
            Description = "qa (vmunet-qa/1: millimetres, every organ) or paper (as the papers' evaluation code does).",
            DefaultValueFactory = _ => MetricsReport.QaConvention,
        };
        convention.AcceptOnlyFromAmong(
            MetricsReport.QaConvention, MetricsReport.PaperConvention, SegmentationQa.Convention, PaperMetrics.Convention);
        var command = new Command("metrics", "Score one label file against another: DSC, IoU, HD95, ASSD, NSD, volumes.")
        {
            prediction, reference, convention,
        };
        return runner.On(command, (parsed, _) =>
        {
            var report = MetricsReport.Compare(
                parsed.GetRequiredValue(prediction), parsed.GetRequiredValue(reference), parsed.GetRequiredValue(convention));
            runner.Terminal.Result(report, people => people.Write(TableOf(report)));
            return Task.FromResult(ExitCode.Done);
        });
    }

    /// <summary>One row a label with the figures that people ask for first; --json has them all.</summary>
    private static Table TableOf(JsonObject report)
    {
        var labels = report["labels"]!.AsObject();
        var columns = s_shown.Where(column => labels.Any(l => l.Value![column] is not null)).ToList();
        var table = new Table().AddColumn("label");
        columns.ForEach(column => table.AddColumn(column));
        foreach (var (label, figures) in labels)
        {
            var cells = columns.Select(column => Cell(figures![column]));
            table.AddRow([label, .. cells.Select(Markup.Escape)]);
        }

        return table;
    }

    private static string Cell(JsonNode? value) => value switch
    {
        null => "-",
        JsonValue number when number.TryGetValue(out double figure) => FormattableString.Invariant($"{figure:0.####}"),
        _ => value.ToString(),
    };
}
