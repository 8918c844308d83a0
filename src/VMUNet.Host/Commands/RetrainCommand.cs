using System.CommandLine;
using Spectre.Console;
using VMUNet.Imaging;
using VMUNet.Jobs;
using VMUNet.Jobs.Models;

namespace VMUNet.Host.Commands;

/// <summary><c>retrain --now</c>: what the nightly job does, at once.</summary>
internal static class RetrainCommand
{
    public static Command Create(CommandRunner runner)
    {
        var now = new Option<bool>("--now") { Description = "Run now; otherwise the schedule of 'up' decides.", Required = true };
        var task = new Option<string?>("--task") { Description = "Task; default: every task with rehearsal data." };
        var data = new Option<string[]>("--data")
        {
            Description = "TASK=DIR: base data set of a task, for rehearsal and the locked set; may be repeated.",
        };
        var images = new Option<int?>("--images") { Description = "Examples of the run; default: the configuration's." };
        var command = new Command("retrain", "Fine-tune a challenger on accepted cases and judge it against the champion.")
        {
            now, task, data, images, DataFolder.Option,
        };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(
                DataFolder.Of(parsed), Overrides(parsed.GetValue(data) ?? [], parsed.GetValue(images)), ct);
            await instance.Get<ModelRegistrar>().RunAsync(ct);
            var reports = await instance.Get<RetrainJob>().RunAsync(parsed.GetValue(task), isForced: true, ct);
            if (reports.Count == 0)
            {
                throw new BadInputException("No task has rehearsal data; give --data TASK=DIR or set Retrain:RehearsalData");
            }

            runner.Terminal.Result(new { runs = reports }, people =>
            {
                foreach (var report in reports)
                {
                    people.WriteLine($"{report.Task}: {report.Outcome}: {report.Detail}");
                }
            });
            return reports.All(r => r.Outcome == "judged") ? ExitCode.Done : ExitCode.Failed;
        });
    }

    private static Dictionary<string, string?> Overrides(string[] data, int? images)
    {
        var overrides = new Dictionary<string, string?>();
        foreach (var text in data)
        {
            var cut = text.IndexOf('=', StringComparison.Ordinal);
            if (cut < 1)
            {
                throw new BadInputException($"--data '{text}' is not of the form TASK=DIR");
            }

            overrides[$"Retrain:RehearsalData:{text[..cut]}"] = Path.GetFullPath(text[(cut + 1)..]);
        }

        if (images is not null)
        {
            overrides["Retrain:Images"] = FormattableString.Invariant($"{images}");
        }

        return overrides;
    }
}
