using System.Diagnostics;
using System.Globalization;

namespace VMUNet.Benchmarks.Listener;

/// <summary>A receiver in a process of its own, with its processor time and its most memory.</summary>
internal sealed class MeasuredProcess : IDisposable
{
    private const double TicksPerSecond = 100;
    private readonly Process _process;

    private MeasuredProcess(Process process, int port) => (_process, Port) = (process, port);

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Seconds that its threads, and those of children it has waited for, have run.</summary>
    public double ProcessorSeconds
    {
        get
        {
            var fields = File.ReadAllText($"/proc/{_process.Id}/stat").Split(')')[^1].Split(' ');
            return Enumerable.Range(12, 4).Sum(i =>
                long.Parse(fields[i], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    /// <summary>Most memory that it has had (VmHWM), in MB.</summary>
    public double MostMegabytes => File.ReadLines($"/proc/{_process.Id}/status")
        .Where(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(l => double.Parse(l[6..^2], CultureInfo.InvariantCulture) / 1000).Single();

    /// <summary>Starts a program that says "ready" with its port, and waits for that line.</summary>
    public static async Task<MeasuredProcess> StartAsync(
        string program, IEnumerable<string> arguments, Dictionary<string, string>? environment = null)
    {
        var process = Start(program, arguments, environment);
        _ = Task.Run(async () => await process.StandardError.BaseStream.CopyToAsync(Stream.Null));
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("ready ", StringComparison.Ordinal))
            {
                var address = line.Contains("dicom=", StringComparison.Ordinal) ? line.Split("dicom=")[1] : line[6..];
                _ = Task.Run(async () => await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null));
                return new MeasuredProcess(process,
                    int.Parse(address.Split(' ')[0].Split(':')[^1], CultureInfo.InvariantCulture));
            }
        }

        throw new InvalidOperationException($"{program} ended before it was ready");
    }

    /// <summary>Starts a program of others on a port that is known.</summary>
    public static async Task<MeasuredProcess> StartOtherAsync(string program, IEnumerable<string> arguments, int port,
        Dictionary<string, string>? environment = null)
    {
        var process = Start(program, arguments, environment);
        _ = Task.Run(async () => await process.StandardError.BaseStream.CopyToAsync(Stream.Null));
        _ = Task.Run(async () => await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null));
        await Task.Delay(TimeSpan.FromSeconds(4));
        return new MeasuredProcess(process, port);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private static Process Start(string program, IEnumerable<string> arguments, Dictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
