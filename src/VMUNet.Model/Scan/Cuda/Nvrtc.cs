using System.Globalization;
using System.Runtime.InteropServices;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>NVIDIA's run-time compiler, looked up when it is first asked for. It comes with libtorch for CUDA and with the CUDA toolkit.</summary>
internal sealed unsafe class Nvrtc
{
    /// <summary>Environment variable: the library's file, where it lies somewhere else.</summary>
    public const string PathVariable = "VMUNET_NVRTC";

    private static readonly Lazy<(Nvrtc? Compiler, string Why)> Found = new(Load);
    private readonly nint _library;

    private Nvrtc(nint library, string name)
    {
        _library = library;
        int major, minor;
        Check(((delegate* unmanaged<int*, int*, int>)Function("nvrtcVersion"))(&major, &minor), "nvrtcVersion");
        Version = string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}");
        Name = name;
    }

    /// <summary>Its version, "13.0".</summary>
    public string Version { get; }

    /// <summary>The file it came from.</summary>
    public string Name { get; }

    /// <summary>The compiler, or null and the reason why there is none.</summary>
    public static Nvrtc? Find(out string why)
    {
        (Nvrtc? compiler, why) = Found.Value;
        return compiler;
    }

    /// <summary>Compiles a text for a compute capability.</summary>
    /// <param name="text">CUDA C++.</param>
    /// <param name="name">For the compiler's messages.</param>
    /// <param name="capability">90 for 9.0.</param>
    /// <returns>
    /// Machine code; or, where the compiler is older than the device, PTX of the newest architecture that it knows, which the driver compiles.
    /// </returns>
    /// <exception cref="CudaException">The text does not compile; the message holds the compiler's.</exception>
    public byte[] Compile(string text, string name, int capability)
    {
        (bool isExact, int target) = Target(SupportedCapabilities(), capability);
        string option = string.Create(CultureInfo.InvariantCulture, $"--gpu-architecture={(isExact ? "sm" : "compute")}_{target}");
        nint program = 0, source = Marshal.StringToCoTaskMemUTF8(text), file = Marshal.StringToCoTaskMemUTF8(name);
        nint first = Marshal.StringToCoTaskMemUTF8(option), second = Marshal.StringToCoTaskMemUTF8("--std=c++17");
        try
        {
            Check(
                ((delegate* unmanaged<nint*, nint, nint, int, nint, nint, int>)Function("nvrtcCreateProgram"))(&program, source, file, 0, 0, 0),
                "nvrtcCreateProgram");
            nint* options = stackalloc nint[] { first, second };
            int result = ((delegate* unmanaged<nint, int, nint*, int>)Function("nvrtcCompileProgram"))(program, 2, options);
            if (result != 0)
            {
                throw new CudaException($"NVRTC {Version} refuses {name} ({option}): {Log(program)}");
            }

            return isExact ? Output(program, "nvrtcGetCUBINSize", "nvrtcGetCUBIN") : Output(program, "nvrtcGetPTXSize", "nvrtcGetPTX");
        }
        finally
        {
            _ = ((delegate* unmanaged<nint*, int>)Function("nvrtcDestroyProgram"))(&program);
            Marshal.FreeCoTaskMem(source);
            Marshal.FreeCoTaskMem(file);
            Marshal.FreeCoTaskMem(first);
            Marshal.FreeCoTaskMem(second);
        }
    }

    /// <summary>What to compile for: the device itself if the compiler knows it, else the newest one before it.</summary>
    /// <exception cref="CudaException">The compiler knows only newer devices.</exception>
    internal static (bool IsExact, int Target) Target(IReadOnlyList<int> known, int capability)
    {
        int best = known.Where(c => c <= capability).DefaultIfEmpty(0).Max();
        return best > 0
            ? (best == capability, best)
            : throw new CudaException(string.Create(CultureInfo.InvariantCulture, $"NVRTC no longer knows devices of capability {capability / 10}.{capability % 10}"));
    }

    /// <summary>Where the compiler may lie: named by the environment, beside a libtorch that is loaded, known to the loader, in a toolkit.</summary>
    internal static IEnumerable<string> Candidates(IEnumerable<string> loaded, string? named)
    {
        if (!string.IsNullOrEmpty(named))
        {
            yield return named;
        }

        foreach (string folder in loaded.Select(f => Path.GetDirectoryName(f) ?? "").Append(AppContext.BaseDirectory).Distinct().SelectMany(Around))
        {
            foreach (string file in Directory.EnumerateFiles(folder, "libnvrtc*.so*").Order(StringComparer.Ordinal).Reverse())
            {
                if (!Path.GetFileName(file).Contains("builtins", StringComparison.Ordinal) && !file.Contains(".alt.", StringComparison.Ordinal))
                {
                    yield return file;
                }
            }
        }

        foreach (string name in new[] { "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so", "/usr/local/cuda/lib64/libnvrtc.so" })
        {
            yield return name;
        }
    }

    // A PyTorch install has its libraries in torch/lib, and NVIDIA's in nvidia/*/lib beside torch.
    private static IEnumerable<string> Around(string folder)
    {
        yield return folder;
        string nvidia = Path.Combine(folder, "..", "..", "nvidia");
        if (Path.GetFileName(folder) == "lib" && Directory.Exists(nvidia))
        {
            foreach (string one in Directory.EnumerateDirectories(nvidia).Select(d => Path.Combine(d, "lib")).Where(Directory.Exists))
            {
                yield return one;
            }
        }
    }

    private static (Nvrtc? Compiler, string Why) Load()
    {
        foreach (string name in Candidates(LoadedLibraries(), Environment.GetEnvironmentVariable(PathVariable)))
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                continue;
            }

            try
            {
                return (new Nvrtc(library, name), "");
            }
            catch (Exception e) when (e is CudaException or EntryPointNotFoundException)
            {
                return (null, $"the run-time compiler {name} does not serve: {e.Message}");
            }
        }

        return (null, $"there is no NVRTC (libnvrtc.so.13, .12 or .11.2; {PathVariable} may name its file)");
    }

    /// <summary>Files of libtorch and of CUDA that this process has loaded.</summary>
    private static List<string> LoadedLibraries()
    {
        const string Map = "/proc/self/maps";
        return !File.Exists(Map) ? [] : [.. File.ReadLines(Map)
            .Select(line => line.IndexOf('/', StringComparison.Ordinal) is var at and >= 0 ? line[at..] : "")
            .Where(path => Path.GetFileName(path) is var n && (n.StartsWith("libtorch", StringComparison.Ordinal) || n.StartsWith("libcudart", StringComparison.Ordinal)))
            .Distinct()];
    }

    private int[] SupportedCapabilities()
    {
        int count;
        Check(((delegate* unmanaged<int*, int>)Function("nvrtcGetNumSupportedArchs"))(&count), "nvrtcGetNumSupportedArchs");
        var known = new int[count];
        fixed (int* values = known)
        {
            Check(((delegate* unmanaged<int*, int>)Function("nvrtcGetSupportedArchs"))(values), "nvrtcGetSupportedArchs");
        }

        return known;
    }

    private string Log(nint program) =>
        System.Text.Encoding.UTF8.GetString(Output(program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog")).TrimEnd((char)0, (char)10);

    private byte[] Output(nint program, string sizeFunction, string function)
    {
        nuint size;
        Check(((delegate* unmanaged<nint, nuint*, int>)Function(sizeFunction))(program, &size), sizeFunction);
        var output = new byte[size];
        fixed (byte* data = output)
        {
            Check(((delegate* unmanaged<nint, byte*, int>)Function(function))(program, data), function);
        }

        return output;
    }

    private nint Function(string name) => NativeLibrary.GetExport(_library, name);

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new CudaException(string.Create(CultureInfo.InvariantCulture, $"{call}: error {result}"));
        }
    }
}
