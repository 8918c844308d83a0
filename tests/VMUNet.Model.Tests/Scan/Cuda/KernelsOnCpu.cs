using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using VMUNet.Model.Scan;
using VMUNet.Model.Scan.Cuda;
using VMUNet.Testing;

namespace VMUNet.Model.Tests;

/// <summary>
/// selective_scan.cu compiled as C++ against tests/cuda/shim.h: the same kernels on this processor. The shim has one set of fibers and
/// of shared memory, so one caller at a time: others wait.
/// </summary>
internal sealed unsafe class KernelsOnCpu : IScanKernels
{
    private const int Threads = 8;
    private static readonly Lock Building = new();
    private static readonly Dictionary<(int Rank, int States), KernelsOnCpu> Built = [];
    private static readonly string? Compiler = new[] { "clang++", "clang++-19", "clang++-17", "clang++-16", "clang++-15", "clang++-14", "g++" }
        .FirstOrDefault(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name))));

    private readonly nint _library;
    private readonly Lock _turn = new();

    private KernelsOnCpu(nint library) => _library = library;

    public int Block => Threads;

    /// <summary>The kernels for these sizes; skips the test where there is no C++ compiler.</summary>
    public static KernelsOnCpu Of(int rank, int states)
    {
        Assert.SkipWhen(Compiler is null, "there is no C++ compiler (clang++ or g++) to build the kernels for the processor");
        lock (Building)
        {
            if (!Built.TryGetValue((rank, states), out KernelsOnCpu? kernels))
            {
                using var folder = new TemporaryFolder();
                kernels = new KernelsOnCpu(Build(folder, rank, states));
                Built.Add((rank, states), kernels);
            }

            return kernels;
        }
    }

    /// <summary>A source whose device 0 is the processor.</summary>
    public static ScanKernelSource Source(Action<string>? say = null) =>
        new((_, rank, states) => Of(rank, states), say ?? (line => Assert.Fail(line)));

    public void Forward(in ScanInputs inputs, nint parts, nint checkpoints, in ScanShape shape)
    {
        lock (_turn)
        {
            ((delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, int, int, int, void>)Function("cpu_scan_forward"))(
                inputs.X, inputs.Projected, inputs.DeltaWeight, inputs.DeltaBias, inputs.A2, parts, checkpoints,
                shape.Batch, shape.Height, shape.Width, shape.Inner);
        }
    }

    public void Backward(in ScanInputs inputs, nint checkpoints, nint gradient, in ScanGradientParts outputs, in ScanShape shape)
    {
        lock (_turn)
        {
            ((delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, int, int, int, int, void>)Function("cpu_scan_backward"))(
                gradient, inputs.X, inputs.Projected, inputs.DeltaWeight, inputs.DeltaBias, inputs.A2, checkpoints,
                outputs.X, outputs.Delta, outputs.Rows, outputs.A, shape.Batch, shape.Height, shape.Width, shape.Inner);
        }
    }

    public void Merge(nint parts, nint x, nint skip, nint sum, in ScanShape shape)
    {
        long perImage = (long)shape.Length * shape.Inner;
        lock (_turn)
        {
            ((delegate* unmanaged<nint, nint, nint, nint, long, long, int, void>)Function("cpu_scan_merge"))(
                parts, x, skip, sum, perImage, shape.Batch * perImage, shape.Inner);
        }
    }

    private static nint Build(TemporaryFolder folder, int rank, int states)
    {
        string library = folder.File("scan.so");
        var start = new ProcessStartInfo(Compiler!) { RedirectStandardError = true };
        foreach (string argument in new[]
        {
            "-std=c++17", "-O2", "-w", "-shared", "-fPIC", "-pthread", "-DFIBERS", "-o", library,
            string.Create(CultureInfo.InvariantCulture, $"-DRANK={rank}"), string.Create(CultureInfo.InvariantCulture, $"-DSTATES={states}"),
            string.Create(CultureInfo.InvariantCulture, $"-DBLOCK={Threads}"), string.Create(CultureInfo.InvariantCulture, $"-DCHUNK={KernelSource.Chunk}"),
            Path.Combine(RepoPaths.Root, "tests", "cuda", "scan_on_cpu.cpp"),
        })
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
        return NativeLibrary.Load(library);
    }

    private nint Function(string name) => NativeLibrary.GetExport(_library, name);
}

/// <summary>Memory of this process.</summary>
internal sealed unsafe class MemoryOnCpu : IKernelMemory
{
    private readonly List<nint> _pieces = [];

    public nint Upload(ReadOnlySpan<float> values)
    {
        var piece = (nint)NativeMemory.Alloc((nuint)Math.Max(1, values.Length) * sizeof(float));
        _pieces.Add(piece);
        values.CopyTo(new Span<float>((void*)piece, values.Length));
        return piece;
    }

    public nint Blank(int count)
    {
        var values = new float[count];
        Array.Fill(values, float.NaN);
        return Upload(values);
    }

    public float[] Download(nint from, int count) => new Span<float>((void*)from, count).ToArray();

    public void Dispose() => _pieces.ForEach(p => NativeMemory.Free((void*)p));
}
