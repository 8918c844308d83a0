using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.Dimse;

namespace VMUNet.Host.Commands;

/// <summary><c>echo HOST:PORT</c>: C-ECHO.</summary>
internal static class EchoCommand
{
    public static Command Create(CommandRunner runner)
    {
        var target = new DicomTarget();
        var node = new Argument<string>("HOST:PORT") { Description = "The node to ask." };
        var command = new Command("echo", "Ask a DICOM node whether it answers (C-ECHO).") { node };
        target.AddTo(command);
        return runner.On(command, async (parsed, ct) =>
        {
            var options = target.OptionsOf(parsed, parsed.GetRequiredValue(node));
            var start = Stopwatch.GetTimestamp();
            DimseStatus? status = null;
            string? error = null;
            try
            {
                status = await StoreScu.EchoAsync(options, ct);
            }
            catch (DimseClientException silent)
            {
                error = silent.Message;
            }

            var milliseconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 1);
            var answered = status?.Code == DimseStatus.Success.Code;
            var document = new { ok = answered, status = status is { } s ? $"{s.Code:X4}" : null, error, ms = milliseconds };
            runner.Terminal.Result(document, people => people.WriteLine(
                answered ? $"{options.CalledAe} answers in {milliseconds} ms" : $"no success: {error ?? status.ToString()}"));
            return answered ? ExitCode.Done : ExitCode.Failed;
        });
    }
}
