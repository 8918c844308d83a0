using System.Diagnostics;

namespace VMUNet.Benchmarks.Fuzz;

/// <summary>Feeds mutated inputs to every target until the time is up. An input is known by its target and number, so a
/// defect can be made again with <c>bench fuzz --target NAME --number N</c>.</summary>
internal sealed class FuzzRun(IReadOnlyList<FuzzTarget> targets, string folder)
{
    private const long MaxAllocated = 256L << 20;
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, (long Inputs, long Legal, double Seconds)> _counts = [];
    private long _defects;
    private long _mostAllocated;
    private TimeSpan _slowest;

    /// <returns>0 when no input broke anything.</returns>
    public int Run(TimeSpan time, SortedDictionary<string, double> results)
    {
        var watch = Stopwatch.StartNew();
        long number = 0;
        for (var slice = 0; watch.Elapsed < time; slice++)
        {
            // A hundredth of a round each, so that every target has its share of a short run too.
            foreach (var target in targets)
            {
                for (var i = 0; i < Math.Max(1, target.Share / 100) && watch.Elapsed < time; i++)
                {
                    Try(target, number++);
                }
            }

            if (slice % 100 == 99)
            {
                Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds:0} s, {number} inputs, {_defects} defects");
            }
        }

        results["fuzz.minutes"] = watch.Elapsed.TotalMinutes;
        results["fuzz.inputs"] = number;
        results["fuzz.defects"] = _defects;
        results["fuzz.most_allocated_mb"] = _mostAllocated / 1e6;
        results["fuzz.slowest_ms"] = _slowest.TotalMilliseconds;
        results["fuzz.rss_mb"] = Environment.WorkingSet / 1e6;
        foreach (var (name, (inputs, legal, seconds)) in _counts)
        {
            results[$"fuzz.{name}.inputs"] = inputs;
            results[$"fuzz.{name}.legal"] = legal;
            results[$"fuzz.{name}.us_per_input"] = 1e6 * seconds / inputs;
        }

        return _defects == 0 && Environment.ExitCode == 0 ? 0 : 1;
    }

    /// <summary>One input again.</summary>
    public void Once(string name, long number)
    {
        var target = targets.Single(t => t.Name == name);
        var input = Mutator.Make(target.Seeds, number);
        Console.Error.WriteLine(Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 200))));
        Console.Error.WriteLine(target.Take(input) ? "legal" : "refused");
    }

    private void Try(FuzzTarget target, long number)
    {
        var input = Mutator.Make(target.Seeds, number);
        var (inputs, legal, seconds) = _counts.GetValueOrDefault(target.Name);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        try
        {
            legal += target.Take(input) ? 1 : 0;
        }
#pragma warning disable CA1031 // every exception that a target lets through is a defect, whatever its type
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(target, number, input, e.ToString());
        }

        var taken = Stopwatch.GetElapsedTime(start);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (taken > Slow || allocated > MaxAllocated)
        {
            Report(target, number, input, $"took {taken.TotalSeconds:0.0} s and {allocated >> 20} MiB");
        }

        _counts[target.Name] = (inputs + 1, legal, seconds + taken.TotalSeconds);
        _mostAllocated = Math.Max(_mostAllocated, allocated);
        if (taken > _slowest)
        {
            _slowest = taken;
            Console.Error.WriteLine($"slowest so far: {target.Name} {number}, {taken.TotalMilliseconds:0} ms");
        }
    }

    private void Report(FuzzTarget target, long number, byte[] input, string what)
    {
        _defects++;
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, $"{target.Name}-{number}.bin"), input);
        Console.Error.WriteLine($"DEFECT {target.Name} {number}: {what}");
    }
}
