using System.CommandLine;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.DicomListener;
using VMUNet.Jobs;

namespace VMUNet.Host.Commands;

/// <summary><c>conformance</c>: the DICOM conformance statement of this instance's configuration.</summary>
internal static class ConformanceCommand
{
    public static Command Create(CommandRunner runner)
    {
        var output = new Option<string?>("--out") { Description = "File to write; default: standard output." };
        var check = new Option<string?>("--check") { Description = "Compare with this file instead; exit 1 when it is stale." };
        var defaults = new Option<bool>("--defaults")
        {
            Description = "Of the product's defaults with every decoder, as docs/conformance.md, not of this instance.",
        };
        var command = new Command("conformance", "Write the DICOM conformance statement of the configuration.")
        {
            output, check, defaults, DataFolder.Option,
        };
        return runner.On(command, async (parsed, ct) =>
        {
            var text = parsed.GetValue(defaults) ? OfDefaults() : OfInstance(DataFolder.Of(parsed));
            if (parsed.GetValue(check) is { } committed)
            {
                var isFresh = File.Exists(committed) && await File.ReadAllTextAsync(committed, ct) == text;
                runner.Terminal.Result(new { ok = isFresh, file = committed }, people => people.WriteLine(
                    isFresh ? $"{committed} is up to date" : $"{committed} is stale; write it anew with 'conformance --out'"));
                return isFresh ? ExitCode.Done : ExitCode.Failed;
            }

            if (parsed.GetValue(output) is { } path)
            {
                await File.WriteAllTextAsync(path, text, ct);
            }

            runner.Terminal.Result(new { statement = text }, _ =>
            {
                if (parsed.GetValue(output) is null)
                {
                    runner.Terminal.Output.Write(text);
                }
            });
            return ExitCode.Done;
        });
    }

    /// <summary>The statement of the defaults, with every decoder that the product knows.</summary>
    public static string OfDefaults()
    {
        var listener = new ListenerOptions();
        foreach (var (uid, _) in DecodableTransferSyntaxes.Known)
        {
            listener.TransferSyntaxes.Add(uid);
        }

        return Conformance.Render(listener, new JobsOptions(), []);
    }

    private static string OfInstance(string dataFolder)
    {
        var configuration = PacsConfiguration.Of(dataFolder);
        var listener = new ListenerOptions();
        PacsRooms.Configure(listener, configuration, new PacsSettings { DataFolder = dataFolder });
        var jobs = new JobsOptions();
        configuration.GetSection("Jobs").Bind(jobs);
        return Conformance.Render(listener, jobs, DecodableTransferSyntaxes.Missing);
    }
}
