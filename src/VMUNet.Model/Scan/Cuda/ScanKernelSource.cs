using System.Collections.Concurrent;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>
/// Kernels for a device, rank and number of states: compiled or taken from the cache, tested, then kept. Whatever goes wrong is said
/// once for a device, and from then on that device has no kernels.
/// </summary>
/// <param name="make">Makes tested kernels, or throws <see cref="CudaException"/>.</param>
/// <param name="say">Gets the one line.</param>
internal sealed class ScanKernelSource(Func<int, int, int, IScanKernels> make, Action<string> say)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Device, int Rank, int States), IScanKernels> _kernels = [];
    private readonly ConcurrentDictionary<int, string> _faults = [];

    /// <summary>Those of this process's CUDA devices.</summary>
    public static ScanKernelSource OfDevices { get; } = new(MakeForDevice, ComputeNotes.Say);

    /// <summary>The kernels; null if there are none, which was said.</summary>
    public IScanKernels? Find(int device, int rank, int states)
    {
        if (_faults.ContainsKey(device))
        {
            return null;
        }

        lock (_lock)
        {
            if (_kernels.TryGetValue((device, rank, states), out IScanKernels? kernels))
            {
                return kernels;
            }

            try
            {
                kernels = make(device, rank, states);
                _kernels.Add((device, rank, states), kernels);
                return kernels;
            }
            catch (CudaException e)
            {
                GiveUp(device, e.Message);
                return null;
            }
        }
    }

    /// <summary>Whether the device's kernels were given up, and why.</summary>
    public string? FaultOf(int device) => _faults.GetValueOrDefault(device);

    /// <summary>From now on the device has no kernels; says so the first time.</summary>
    public void GiveUp(int device, string why)
    {
        if (_faults.TryAdd(device, why))
        {
            say($"cuda:{device}: the scan's own kernels are not used, torch operators in chunks take their place: {why}");
        }
    }

    /// <summary>Compiles, loads and tests kernels for a CUDA device.</summary>
    /// <exception cref="CudaException">No driver, no compiler, or kernels that fail or are wrong.</exception>
    internal static IScanKernels MakeForDevice(int device, int rank, int states)
    {
        if (!KernelSource.IsSupported(rank, states))
        {
            throw new CudaException($"they have no form for rank {rank} with {states} states (at most {KernelSource.MaxRank} and {KernelSource.MaxStates})");
        }

        CudaDriver driver = CudaDriver.Demand();
        Nvrtc compiler = Nvrtc.Find(out string why) ?? throw new CudaException(why);
        var cache = new KernelCache(
            Path.Combine(ComputeNotes.CacheFolder, "kernels"), (text, capability) => compiler.Compile(text, KernelSource.FileName, capability), $"NVRTC {compiler.Version}");
        DeviceKernels kernels = cache.Load(
            KernelSource.Text(rank, states), driver.CapabilityOf(device), program => new DeviceKernels(driver, device, program));
        using var memory = new DeviceMemory(driver, device);
        return ScanSelfTest.Fault(kernels, memory, rank, states) is { } fault ? throw new CudaException(fault) : kernels;
    }
}
