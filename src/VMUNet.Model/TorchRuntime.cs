using System.Runtime.InteropServices;
using TorchSharp;

namespace VMUNet.Model;

/// <summary>Threads of libtorch and of the managed kernels.</summary>
public static partial class TorchRuntime
{
    // Numbers of <malloc.h>.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int MostOfMmapThreshold = 32 << 20; // glibc takes no more
    private const int KeptBytes = 512 << 20;

    private static int _processThreads = Environment.ProcessorCount;

    [ThreadStatic]
    private static int _threads;

    /// <summary>Threads that the managed kernels use for work begun on the calling thread.</summary>
    public static int Threads => _threads > 0 ? _threads : _processThreads;

    /// <summary>
    /// To be called first thing in a process, before any tensor is made: libtorch's worker threads then sleep between
    /// their tasks instead of spinning, which on a busy two-core machine is a factor of ten in wall time. It loads libtorch, so
    /// it is for programs that compute from the start (tests, benchmarks, the probe); the host sets the same variable for itself
    /// and leaves libtorch alone until the first job.
    /// </summary>
    /// <param name="threads">Threads of libtorch and of the managed kernels; 0 for one a core.</param>
    public static void Configure(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (OperatingSystem.IsLinux())
        {
            // Environment.SetEnvironmentVariable does not reach native code on Linux.
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
            KeepFreedMemory();
        }

        _processThreads = threads > 0 ? threads : Environment.ProcessorCount;
        torch.set_num_threads(_processThreads);
    }

    /// <summary>Sets both numbers of threads for work begun on the calling thread.</summary>
    /// <param name="threads">At least 1.</param>
    public static void UseOnThisThread(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _threads = threads;
        torch.set_num_threads(threads);
    }

    // Every tensor of more than some megabytes would be given back to the system when it is freed, and each page of the next one
    // cleared by the system again: a fifth of a forward pass. Now the C library keeps freed memory, up to this much at its end.
    private static void KeepFreedMemory()
    {
        try
        {
            _ = SetMallocOption(MmapThreshold, MostOfMmapThreshold);
            _ = SetMallocOption(TrimThreshold, KeptBytes);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, with another allocator.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetMallocOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
