using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary>Runs a verb's work with signals as cancellation, and maps how it ended to an exit code and one message.</summary>
internal sealed class CommandRunner(Terminal terminal, Option<bool> json)
{
    public Terminal Terminal => terminal;

    /// <summary>Attaches <paramref name="work"/> to <paramref name="command"/>.</summary>
    public Command On(Command command, Func<ParseResult, CancellationToken, Task<int>> work)
    {
        command.SetAction((parsed, _) => RunAsync(parsed, work));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<ParseResult, CancellationToken, Task<int>> work)
    {
        terminal.Json = parsed.GetValue(json);
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Cancel(signal, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Cancel(signal, stop));
        try
        {
            return await work(parsed, stop.Token);
        }
        catch (BadInputException refused)
        {
            return Ended(ExitCode.WrongUsage, refused.Message);
        }
        catch (OptionsValidationException faults)
        {
            return Ended(ExitCode.WrongUsage, string.Join("\nvmunet: ", faults.Failures));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Ended(ExitCode.Failed, "stopped by a signal before it was done");
        }
        catch (Exception trouble)
        {
            // The command line is a door: whatever else happens ends as one message and the exit code for failure.
            if (Environment.GetEnvironmentVariable("VMUNET_DEBUG") is { Length: > 0 })
            {
                terminal.Say(trouble.ToString());
            }

            return Ended(ExitCode.Failed, $"{trouble.Message} (VMUNET_DEBUG=1 shows where)");
        }
    }

    private int Ended(int code, string message)
    {
        terminal.Say($"vmunet: {message}");
        if (terminal.Json)
        {
            terminal.Result(new { ok = false, error = message }, _ => { });
        }

        return code;
    }

    private static void Cancel(PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
}
