using System.CommandLine;
using Spectre.Console;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>acceptance DIR --model M</c>: a site's own labelled cases to one page for its go-live folder.</summary>
internal static class AcceptanceCommand
{
    public static Command Create(CommandRunner runner)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder with labelled cases, in one of the data layouts." };
        var model = new Option<string>("--model") { Description = "Name or folder of the model.", Required = true };
        var output = new Option<string>("--out")
        {
            Description = "Page to write (HTML, complete in itself).",
            DefaultValueFactory = _ => "acceptance.html",
        };
        var precision = PrecisionOption.CreateAsServed();
        var command = new Command("acceptance", "Try a model on a site's own labelled cases and write a one-page report.")
        {
            folder, model, output, precision, DataFolder.Option,
        };
        return runner.On(command, (parsed, ct) =>
        {
            OutputFile.Demand(parsed.GetRequiredValue(output));
            using var loaded = PrecisionOption.Load(
                parsed, precision, Models.Resolve(parsed.GetRequiredValue(model), DataFolder.Of(parsed)));
            var report = runner.Terminal.WithProgress($"{loaded.Name}", progress => Acceptance.Run(
                parsed.GetRequiredValue(folder), loaded, DicomPairs.Reader, progress, ct));
            var path = parsed.GetRequiredValue(output);
            File.WriteAllText(path, AcceptancePage.Write(report, TimeProvider.System.GetUtcNow()));
            runner.Terminal.Result(
                new
                {
                    page = path,
                    model = report.Model.Name,
                    weights_sha256 = report.Model.WeightsSha256,
                    manifest_sha256 = report.ManifestSha256,
                    given = report.Given,
                    cases = report.Evaluation.Cases,
                    excluded = report.Excluded.Select(e => new { @case = e.Case, kind = e.Kind, reason = e.Reason }),
                    pooled = report.Evaluation.Pooled is { } pooled ? new { dsc = pooled.Dsc, dsc_ci95 = pooled.DscCi95 } : null,
                    per_image = report.Evaluation.PerImage is { } image ? new { dsc_mean = image.DscMean, dsc_ci95 = image.DscCi95 } : null,
                    organs = report.Evaluation.Organs?.ToDictionary(o => o.Key, o => new
                    {
                        n = o.Value.N,
                        dsc_mean = o.Value.DscMean,
                        dsc_ci95 = o.Value.DscCi95,
                        hd95_mm_mean = o.Value.Hd95MmMean,
                        missed = o.Value.Missed,
                        invented = o.Value.Invented,
                    }),
                    failures = report.Failures.ToDictionary(f => f.Key, f => new { count = f.Value.Count, of = f.Value.Of, upper95 = f.Value.Upper95 }),
                    worst = report.Worst.Select(w => new { @case = w.Name, dsc = w.Dsc }),
                },
                people => people.WriteLine(
                    $"{path}: {report.Evaluation.Cases} of {report.Given} cases used, mean DSC "
                    + Figure.Share(report.Evaluation.Mean?.Dsc ?? report.Evaluation.PerImage?.DscMean)));
            return Task.FromResult(ExitCode.Done);
        });
    }
}
