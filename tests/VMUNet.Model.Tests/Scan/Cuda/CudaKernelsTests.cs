using System.Text;
using VMUNet.Model.Scan;
using VMUNet.Model.Scan.Cuda;
using VMUNet.Testing;

namespace VMUNet.Model.Tests;

/// <summary>What surrounds the kernels: text, cache, compiler, driver, self-test.</summary>
public sealed class CudaKernelsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(6, 16)]
    [InlineData(48, 16)]
    [InlineData(3, 4)]
    [InlineData(2, 32)]
    public void The_self_test_lets_sound_kernels_through(int rank, int states)
    {
        using var memory = new MemoryOnCpu();
        Assert.Null(ScanSelfTest.Fault(KernelsOnCpu.Of(rank, states), memory, rank, states));
    }

    [Fact]
    public void Kernels_on_the_processor_stay_right_when_several_threads_call_them()
    {
        KernelsOnCpu kernels = KernelsOnCpu.Of(3, 16);
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using var memory = new MemoryOnCpu();
            Assert.Null(ScanSelfTest.Fault(kernels, memory, 3, 16));
        });
    }

    [Theory]
    [InlineData("y")]
    [InlineData("x")]
    [InlineData("delta")]
    [InlineData("B, C")]
    [InlineData("A")]
    public void The_self_test_finds_one_wrong_number(string where)
    {
        using var memory = new MemoryOnCpu();

        string? fault = ScanSelfTest.Fault(new Wrong(KernelsOnCpu.Of(3, 16), where), memory, 3, 16);

        Assert.Contains($"self-test: {where} is off", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_states_its_sizes_and_another_text_has_another_hash()
    {
        string text = KernelSource.Text(6, 16);

        Assert.StartsWith("#define RANK 6\n#define STATES 16\n", text, StringComparison.Ordinal);
        Assert.Contains("scan_backward", text, StringComparison.Ordinal);
        Assert.NotEqual(KernelSource.Hash(text), KernelSource.Hash(KernelSource.Text(12, 16)));
        Assert.False(KernelSource.IsSupported(6, 64));
    }

    [Fact]
    public void A_program_is_compiled_once_for_each_architecture_text_and_compiler()
    {
        int compiled = 0;
        KernelCache Cache(string compiler) => new(_folder.File("kernels"), (text, capability) => { compiled++; return Encoding.UTF8.GetBytes($"{text}{capability}"); }, compiler);

        Assert.Equal("a90", Cache("12.8").Load("a", 90, Encoding.UTF8.GetString));
        Assert.Equal("a90", Cache("12.8").Load("a", 90, Encoding.UTF8.GetString));
        Assert.Equal(1, compiled);

        Cache("12.8").Load("b", 90, Encoding.UTF8.GetString);
        Cache("12.8").Load("a", 86, Encoding.UTF8.GetString);
        Cache("13.0").Load("a", 90, Encoding.UTF8.GetString);
        Assert.Equal(4, compiled);
    }

    [Fact]
    public void A_kept_program_that_the_driver_refuses_is_compiled_anew()
    {
        KernelCache cache = new(_folder.File("kernels"), (text, _) => Encoding.UTF8.GetBytes(text), "12.8");
        string Load(byte[] program) => program.Length == 1 ? "loaded" : throw new CudaException("cuModuleLoadData: error 200");
        Assert.Equal("loaded", cache.Load("a", 90, Load));
        string file = _folder.File(Path.Combine("kernels", cache.FileName("a", 90)));
        File.WriteAllText(file, "damaged");

        Assert.Equal("loaded", cache.Load("a", 90, Load));
        Assert.Equal("a", File.ReadAllText(file));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_costs_the_compilation_only()
    {
        File.WriteAllText(_folder.File("file"), "");
        KernelCache cache = new(_folder.File("file/kernels"), (text, _) => Encoding.UTF8.GetBytes(text), "12.8");

        Assert.Equal("a", cache.Load("a", 90, Encoding.UTF8.GetString));
    }

    [Theory]
    [InlineData(90, true, 90)]
    [InlineData(103, false, 100)]
    [InlineData(89, false, 80)]
    public void The_compiler_aims_at_the_device_or_the_newest_before_it(int device, bool isExact, int target)
    {
        Assert.Equal((isExact, target), Nvrtc.Target([70, 80, 90, 100, 120], device));
        Assert.Throws<CudaException>(() => Nvrtc.Target([70, 80], 61));
    }

    [Fact]
    public void The_compiler_is_looked_for_where_the_environment_says_then_beside_libtorch()
    {
        string torch = _folder.File("site/torch/lib"), nvidia = _folder.File("site/nvidia/cuda_nvrtc/lib");
        Directory.CreateDirectory(torch);
        Directory.CreateDirectory(nvidia);
        File.WriteAllText(Path.Combine(torch, "libnvrtc-672ee683.so.12"), "");
        File.WriteAllText(Path.Combine(nvidia, "libnvrtc.so.12"), "");
        File.WriteAllText(Path.Combine(nvidia, "libnvrtc-builtins.so.12.8"), "");

        string[] names = [.. Nvrtc.Candidates([Path.Combine(torch, "libtorch_cuda.so")], "/opt/mine.so").Select(Path.GetFileName).OfType<string>()];

        Assert.Equal(["mine.so", "libnvrtc-672ee683.so.12", "libnvrtc.so.12"], names[..3]);
        Assert.Contains("libnvrtc.so.13", names);
        Assert.DoesNotContain(names, n => n.Contains("builtins", StringComparison.Ordinal));
    }

    [Fact]
    public void A_machine_without_a_driver_says_so()
    {
        CudaDriver? driver = CudaDriver.Find(out string why);
        Assert.SkipWhen(driver is not null, "this machine has a CUDA driver");

        Assert.Contains("CUDA driver", why, StringComparison.Ordinal);
        Assert.Equal(why, Assert.Throws<CudaException>(() => ScanKernelSource.MakeForDevice(0, 6, 16)).Message);
        Assert.Contains("rank 6 with 64 states", Assert.Throws<CudaException>(() => ScanKernelSource.MakeForDevice(0, 6, 64)).Message, StringComparison.Ordinal);
    }

    /// <summary>Kernels with one wrong number in one output.</summary>
    private sealed unsafe class Wrong(IScanKernels sound, string where) : IScanKernels
    {
        private int _merges;

        public int Block => sound.Block;

        public void Forward(in ScanInputs inputs, nint parts, nint checkpoints, in ScanShape shape) => sound.Forward(inputs, parts, checkpoints, shape);

        public void Backward(in ScanInputs inputs, nint checkpoints, nint gradient, in ScanGradientParts outputs, in ScanShape shape)
        {
            sound.Backward(inputs, checkpoints, gradient, outputs, shape);
            Spoil(outputs.Delta, where == "delta");
            Spoil(outputs.Rows, where == "B, C");
            Spoil(outputs.A, where == "A");
        }

        public void Merge(nint parts, nint x, nint skip, nint sum, in ScanShape shape)
        {
            sound.Merge(parts, x, skip, sum, shape);
            Spoil(sum, where == (_merges++ == 0 ? "y" : "x"));
        }

        private static void Spoil(nint values, bool isWanted) => ((float*)values)[17] += isWanted ? 0.1f : 0;
    }
}
