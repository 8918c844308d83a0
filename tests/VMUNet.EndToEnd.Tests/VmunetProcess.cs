using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests;

/// <summary>The built host as a real child process: its lines, its exit code, SIGTERM.</summary>
internal sealed partial class VmunetProcess : IAsyncDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Task _readErrors;

    private VmunetProcess(Process process)
    {
        _process = process;
        _readErrors = Task.Run(async () =>
        {
            while (await _process.StandardError.ReadLineAsync() is { } line)
            {
                lock (_errors)
                {
                    _errors.AppendLine(line);
                }
            }
        });
    }

    public int Id => _process.Id;

    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>The program that the launcher starts.</summary>
    public static string Program { get; } = Path.Combine(
        RepoPaths.Root, "src/VMUNet.Host/bin/Release/net10.0/linux-x64/VMUNet.Host");

    public static VmunetProcess Start(IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments) =>
        new(StartProcess(Program, arguments, environment));

    /// <summary>Starts any program with its output taken over, without the environment variables of this product.</summary>
    public static Process StartProcess(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment.Remove("VMUNET_DATA");
        start.Environment["VMUNET_HOME"] = RepoPaths.Root;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Waits for the line that begins with <paramref name="start"/>.</summary>
    public async Task<string> LineAsync(string start, TimeSpan atMost, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(atMost);
        try
        {
            while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith(start, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }

        throw new InvalidOperationException($"no line '{start}' within {atMost}; standard error:\n{Errors}");
    }

    /// <summary>Asks the process to stop as a service manager does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync(TimeSpan atMost, CancellationToken ct)
    {
        _ = Kill(_process.Id, SigTerm);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(atMost);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _readErrors;
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
