using System.CommandLine;
using Spectre.Console;
using VMUNet.Host.Demo;

namespace VMUNet.Host.Commands;

/// <summary><c>demo</c>: shows the whole main job on the samples, and proves it by its exit code.</summary>
internal static class DemoCommand
{
    public static Command Create(CommandRunner runner)
    {
        var output = new Option<string>("--out")
        {
            Description = "Folder for the summary, pictures and the demo's own data.",
            DefaultValueFactory = _ => "demo-out",
        };
        var keep = new Option<bool>("--keep") { Description = "Keep running afterwards, until Ctrl+C." };
        var command = new Command("demo", "Send sample images through the whole product and score the results.")
        {
            output, keep,
        };
        return runner.On(command, async (parsed, ct) =>
        {
            var folder = Path.GetFullPath(parsed.GetRequiredValue(output));
            var demo = new DemoRun(runner.Terminal, folder);
            try
            {
                await demo.RunAsync(summary => AfterwardsAsync(runner.Terminal, demo, folder, summary, parsed.GetValue(keep), ct), ct);
                return ExitCode.Done;
            }
            catch (DemoFailedException failed)
            {
                demo.Write(new DemoSummary(false, Math.Round(demo.Elapsed(), 1), []));
                runner.Terminal.Say($"vmunet: the demo failed: {failed.Message}");
                return ExitCode.Failed;
            }
        });
    }

    private static async Task AfterwardsAsync(
        Terminal terminal, DemoRun demo, string folder, DemoSummary summary, bool isKept, CancellationToken ct)
    {
        terminal.Result(summary, people => people.Write(TableOf(summary)));
        terminal.Say($"summary: {Path.Combine(folder, "demo-summary.json")} ({Figure.Seconds(summary.Seconds)} s in all)");
        if (!isKept)
        {
            terminal.Say($"look at the pages: ./vmunet up --data-dir {demo.DataFolder}, or ./vmunet demo --keep");
            return;
        }

        terminal.Say($"the pages are at {demo.Pages}; Ctrl+C ends");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        }
        catch (OperationCanceledException)
        {
            // the wanted end of --keep
        }
    }

    private static Table TableOf(DemoSummary summary)
    {
        var table = new Table().Title("Not for diagnostic use").AddColumns(
            "study", "model", "receive s", "queue s", "segment s", "deliver s", "organ", "DSC", "HD95");
        foreach (var study in summary.Studies)
        {
            var isFirst = true;
            foreach (var organ in study.Organs)
            {
                table.AddRow(
                    isFirst ? $"…{study.StudyUid[^12..]}" : "", isFirst ? Markup.Escape(study.Model) : "",
                    isFirst ? Figure.Seconds(study.Seconds.Receive) : "", isFirst ? Figure.Seconds(study.Seconds.Queue) : "",
                    isFirst ? Figure.Seconds(study.Seconds.Segment) : "", isFirst ? Figure.Seconds(study.Seconds.Deliver) : "",
                    Markup.Escape(organ.Name), organ.Dsc is null ? organ.Status : Figure.Share(organ.Dsc),
                    organ.Hd95Mm is null ? "-" : $"{Figure.Length(organ.Hd95Mm)} {organ.Unit}");
                isFirst = false;
            }
        }

        return table;
    }
}
