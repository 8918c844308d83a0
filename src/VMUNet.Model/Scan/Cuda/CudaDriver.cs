using System.Globalization;
using System.Runtime.InteropServices;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>
/// The part of the CUDA driver API that is used here, looked up when it is first asked for: a machine without a driver loads and
/// runs everything else. Names and arguments: NVIDIA's CUDA Driver API reference.
/// </summary>
internal sealed unsafe class CudaDriver
{
    private const int AttributeMajor = 75, AttributeMinor = 76, AttributeProcessors = 16;
    private static readonly Lazy<(CudaDriver? Driver, string Why)> Found = new(Load);

    private readonly nint _library;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, nint> _contexts = [];

    private CudaDriver(nint library) => _library = library;

    /// <summary>Number of devices, at least 1.</summary>
    public int Devices { get; private set; }

    /// <summary>The newest CUDA version that the driver serves, 13000 for 13.0.</summary>
    public int Version { get; private set; }

    /// <summary>The driver, or null and the reason why there is none.</summary>
    public static CudaDriver? Find(out string why)
    {
        (CudaDriver? driver, why) = Found.Value;
        return driver;
    }

    /// <summary>The driver.</summary>
    /// <exception cref="CudaException">There is none; the message says why.</exception>
    public static CudaDriver Demand() => Find(out string why) ?? throw new CudaException(why);

    /// <summary>The device's name, "NVIDIA H200".</summary>
    public string NameOf(int device)
    {
        byte* name = stackalloc byte[256];
        Check(((delegate* unmanaged<byte*, int, int, int>)Function("cuDeviceGetName"))(name, 256, Handle(device)), "cuDeviceGetName");
        return Marshal.PtrToStringUTF8((nint)name) ?? "";
    }

    /// <summary>Compute capability, 90 for 9.0.</summary>
    public int CapabilityOf(int device) => (10 * Attribute(AttributeMajor, device)) + Attribute(AttributeMinor, device);

    /// <summary>Multiprocessors.</summary>
    public int ProcessorsOf(int device) => Attribute(AttributeProcessors, device);

    /// <summary>Makes the device's primary context, the one libtorch uses too, current on this thread until disposed.</summary>
    public Entered Enter(int device)
    {
        nint context;
        lock (_lock)
        {
            if (!_contexts.TryGetValue(device, out context))
            {
                Check(((delegate* unmanaged<nint*, int, int>)Function("cuDevicePrimaryCtxRetain"))(&context, Handle(device)), "cuDevicePrimaryCtxRetain");
                _contexts.Add(device, context);
            }
        }

        Check(((delegate* unmanaged<nint, int>)Function("cuCtxPushCurrent_v2"))(context), "cuCtxPushCurrent");
        return new Entered(this);
    }

    /// <summary>Free and total bytes of the current context's device.</summary>
    public (long Free, long Total) Memory()
    {
        nuint free, total;
        Check(((delegate* unmanaged<nuint*, nuint*, int>)Function("cuMemGetInfo_v2"))(&free, &total), "cuMemGetInfo");
        return ((long)free, (long)total);
    }

    /// <summary>Loads a compiled program into the current context.</summary>
    public nint LoadModule(byte[] image)
    {
        nint module;
        fixed (byte* data = image)
        {
            Check(((delegate* unmanaged<nint*, void*, int>)Function("cuModuleLoadData"))(&module, data), "cuModuleLoadData");
        }

        return module;
    }

    /// <summary>A kernel of a module.</summary>
    public nint KernelOf(nint module, string name)
    {
        nint kernel, text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            Check(((delegate* unmanaged<nint*, nint, byte*, int>)Function("cuModuleGetFunction"))(&kernel, module, (byte*)text), name);
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }

        return kernel;
    }

    /// <summary>Puts a kernel on a stream of the current context; 0 is the default stream.</summary>
    public void Launch(nint kernel, (uint X, uint Y, uint Z) grid, uint block, nint stream, void** arguments) => Check(
        ((delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Function("cuLaunchKernel"))(
            kernel, grid.X, grid.Y, grid.Z, block, 1, 1, 0, stream, arguments, null),
        "cuLaunchKernel");

    /// <summary>Waits until the current context's device has done all its work.</summary>
    public void Synchronize() => Check(((delegate* unmanaged<int>)Function("cuCtxSynchronize"))(), "cuCtxSynchronize");

    /// <summary>Memory of the current context's device.</summary>
    public nint Allocate(long bytes)
    {
        nint memory;
        Check(((delegate* unmanaged<nint*, nuint, int>)Function("cuMemAlloc_v2"))(&memory, (nuint)Math.Max(bytes, 4)), "cuMemAlloc");
        return memory;
    }

    /// <summary>Gives <see cref="Allocate"/>'s memory back.</summary>
    public void Free(nint memory) => Check(((delegate* unmanaged<nint, int>)Function("cuMemFree_v2"))(memory), "cuMemFree");

    /// <summary>Copies to the device.</summary>
    public void Upload(ReadOnlySpan<float> from, nint to)
    {
        fixed (float* data = from)
        {
            Check(
                ((delegate* unmanaged<nint, void*, nuint, int>)Function("cuMemcpyHtoD_v2"))(to, data, (nuint)from.Length * sizeof(float)),
                "cuMemcpyHtoD");
        }
    }

    /// <summary>Copies from the device, after the work before.</summary>
    public void Download(nint from, Span<float> to)
    {
        fixed (float* data = to)
        {
            Check(
                ((delegate* unmanaged<void*, nint, nuint, int>)Function("cuMemcpyDtoH_v2"))(data, from, (nuint)to.Length * sizeof(float)),
                "cuMemcpyDtoH");
        }
    }

    private static (CudaDriver? Driver, string Why) Load()
    {
        string? missing = null;
        foreach (string name in new[] { "libcuda.so.1", "libcuda.so", "nvcuda.dll" })
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                missing ??= name;
                continue;
            }

            try
            {
                var driver = new CudaDriver(library);
                driver.Begin();
                return (driver, "");
            }
            catch (Exception e) when (e is CudaException or EntryPointNotFoundException)
            {
                return (null, $"the CUDA driver ({name}) does not serve: {e.Message}");
            }
        }

        return (null, $"there is no CUDA driver ({missing} cannot be loaded)");
    }

    private void Begin()
    {
        int version, devices;
        Check(((delegate* unmanaged<uint, int>)Function("cuInit"))(0), "cuInit");
        Check(((delegate* unmanaged<int*, int>)Function("cuDriverGetVersion"))(&version), "cuDriverGetVersion");
        Check(((delegate* unmanaged<int*, int>)Function("cuDeviceGetCount"))(&devices), "cuDeviceGetCount");
        (Version, Devices) = (version, devices);
        if (devices < 1)
        {
            throw new CudaException("it lists no device");
        }
    }

    private int Handle(int device)
    {
        int handle;
        Check(((delegate* unmanaged<int*, int, int>)Function("cuDeviceGet"))(&handle, device), "cuDeviceGet");
        return handle;
    }

    private int Attribute(int attribute, int device)
    {
        int value;
        Check(((delegate* unmanaged<int*, int, int, int>)Function("cuDeviceGetAttribute"))(&value, attribute, Handle(device)), "cuDeviceGetAttribute");
        return value;
    }

    private nint Function(string name) => NativeLibrary.GetExport(_library, name);

    private void Check(int result, string call)
    {
        if (result == 0)
        {
            return;
        }

        byte* text = null;
        _ = ((delegate* unmanaged<int, byte**, int>)Function("cuGetErrorString"))(result, &text);
        throw new CudaException(string.Create(CultureInfo.InvariantCulture, $"{call}: error {result}, {Marshal.PtrToStringUTF8((nint)text) ?? "unknown"}"));
    }

    /// <summary>A context that is current on this thread.</summary>
    public readonly struct Entered(CudaDriver driver) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose()
        {
            nint context;
            _ = ((delegate* unmanaged<nint*, int>)driver.Function("cuCtxPopCurrent_v2"))(&context);
        }
    }
}
