using System.Globalization;

namespace VMUNet.Benchmarks.Fuzz;

/// <summary><c>bench fuzz [--minutes N]</c>, or <c>--target NAME --number N</c> to make one input again.</summary>
internal static class FuzzCommand
{
    public static async Task<int> RunAsync(string[] options, SortedDictionary<string, double> results)
    {
        var root = Environment.GetEnvironmentVariable("VMUNET_HOME") ?? Directory.GetCurrentDirectory();
        var (files, dataSets, frames) = Seeds.Load(root);
        await using var network = new NetworkTargets();
        var run = new FuzzRun(
            [.. network.All(dataSets), .. ObjectTargets.All(files, frames)], Path.Combine(root, "artifacts", "fuzz"));
        if (Value(options, "--target") is { } target)
        {
            run.Once(target, long.Parse(Value(options, "--number") ?? "0", CultureInfo.InvariantCulture));
            return 0;
        }

        var minutes = double.Parse(Value(options, "--minutes") ?? "5", CultureInfo.InvariantCulture);
        return run.Run(TimeSpan.FromMinutes(minutes), results);
    }

    private static string? Value(string[] options, string name) =>
        Array.IndexOf(options, name) is var at and >= 0 && at + 1 < options.Length ? options[at + 1] : null;
}
