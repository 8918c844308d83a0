using System.Runtime.InteropServices;

namespace VMUNet.Benchmarks;

/// <summary>Processor time: on a shared machine the only time that repeats.</summary>
internal static partial class ProcessorTime
{
    private const int OfProcess = 2;
    private const int OfThread = 3;

    /// <summary>Seconds the calling thread has run.</summary>
    public static double Thread => Read(OfThread);

    /// <summary>Seconds all threads have run.</summary>
    public static double Process => Read(OfProcess);

    /// <summary>The least of several runs, after one to warm up, in seconds of the calling thread.</summary>
    public static double Best(int runs, Action action)
    {
        action();
        double best = double.MaxValue;
        for (int i = 0; i < runs; i++)
        {
            double start = Thread;
            action();
            best = Math.Min(best, Thread - start);
        }

        return best;
    }

    private static double Read(int clock)
    {
        _ = GetTime(clock, out TimeSpec time);
        return time.Seconds + (time.Nanoseconds * 1e-9);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
