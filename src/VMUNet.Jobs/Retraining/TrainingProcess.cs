using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace VMUNet.Jobs.Retraining;

/// <summary>Training in a child process: its memory, its threads and its crashes are not the worker's.</summary>
public sealed class TrainingProcess(IOptions<RetrainOptions> options, TimeProvider time)
{
    /// <summary>Runs the configured command to its end; what it prints goes to <paramref name="logFile"/>.</summary>
    /// <returns>Its exit code; null when it was stopped at its time limit.</returns>
    public async Task<int?> RunAsync(string optionsFile, string logFile, CancellationToken ct)
    {
        string[] command = [.. options.Value.Command.Select(
            part => part.Replace("{options}", optionsFile, StringComparison.Ordinal))];
        using var limit = new CancellationTokenSource(options.Value.TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (string argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }
        await using var log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            ct.ThrowIfCancellationRequested();
            return null;
        }
    }

    private static void Write(StreamWriter log, string? line)
    {
        if (line is not null)
        {
            lock (log)
            {
                log.WriteLine(line);
            }
        }
    }
}
