using System.Diagnostics;
using TorchSharp;
using VMUNet.Model;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Benchmarks;

/// <summary>The published network at 256x256: inference, loading, memory and one training step.</summary>
internal static class ModelBenchmark
{
    private const int Side = 256;
    private const int Runs = 5;
    private const int VolumeSlices = 16;
    private const int VolumeBatch = 4;
    private const int SmallSide = 128;
    private const int Warm = 100;
    private const int Forwards = 500;

    public static void Run(SortedDictionary<string, double> results, string[] args)
    {
        int cores = Environment.ProcessorCount;
        using var network = new VmUNet(new ModelConfig { Classes = 9 }, ScanKind.Managed, seed: 1);
        network.eval();
        Load(network, results);
        network.Prepare(Precision.Fp32);
        using (inference_mode())
        {
            using Tensor image = rand(1, 3, Side, Side);
            TorchRuntime.UseOnThisThread(1);
            results["model.fp32.cpu_ms_per_slice"] = 1e3 * ProcessorTime.Best(Runs, () => network.forward(image).Dispose());
            network.Prepare(Precision.Fast);
            results["model.fast.cpu_ms_per_slice"] = 1e3 * ProcessorTime.Best(Runs, () => network.forward(image).Dispose());
            network.Prepare(Precision.Fp32);
            long before = GC.GetAllocatedBytesForCurrentThread();
            network.forward(image).Dispose();
            results["model.managed_bytes_per_forward"] = GC.GetAllocatedBytesForCurrentThread() - before;

            TorchRuntime.UseOnThisThread(cores);
            results["model.fp32.wall_ms_one_image"] = 1e3 * BestWall(() => network.forward(image).Dispose());
            using Tensor batch = rand(VolumeBatch, 1, Side, Side);
            double volume = BestWall(() =>
            {
                for (int i = 0; i < VolumeSlices; i += VolumeBatch)
                {
                    network.forward(batch).Dispose();
                }
            });
            results["model.volume.slices_per_s"] = VolumeSlices / volume;
            results["model.rss_mb"] = Environment.WorkingSet / 1e6;
            if (args.Contains("--long"))
            {
                Growth(network, results);
            }
        }

        Console.Error.WriteLine("inference done");
        Train(results);
        results["machine.cores"] = cores;
    }

    /// <summary>Resident memory after 100 and after 500 more forwards, at a small size that a minute suffices for.</summary>
    private static void Growth(VmUNet network, SortedDictionary<string, double> results)
    {
        using Tensor image = rand(1, 3, SmallSide, SmallSide);
        for (int i = 0; i < Warm + Forwards; i++)
        {
            if (i == Warm)
            {
                results["model.rss_before_500_mb"] = Environment.WorkingSet / 1e6;
            }

            network.forward(image).Dispose();
        }

        results["model.rss_after_500_mb"] = Environment.WorkingSet / 1e6;
    }

    private static void Train(SortedDictionary<string, double> results)
    {
        using var network = new VmUNet(new ModelConfig { Classes = 9 }, ScanKind.Managed, seed: 1);
        network.train();
        using Tensor images = rand(2, 3, Side, Side);
        using Tensor targets = randint(0, 9, [2, Side, Side], ScalarType.Int64);
        results["train.step_wall_ms"] = 1e3 * BestWall(() => Step(network, images, targets));
        double start = ProcessorTime.Process;
        Step(network, images, targets);
        results["train.step_cpu_ms"] = 1e3 * (ProcessorTime.Process - start);
    }

    private static void Step(VmUNet network, Tensor images, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        network.zero_grad();
        Autograd.Backward(nn.functional.cross_entropy(network.forward(images), targets));
        using IDisposable off = no_grad();
        foreach (Tensor parameter in network.parameters())
        {
            parameter.sub_(parameter.grad! * 1e-4);
        }
    }

    private static void Load(VmUNet network, SortedDictionary<string, double> results)
    {
        string folder = Directory.CreateTempSubdirectory("vmunet-bench-").FullName;
        string path = Path.Combine(folder, "weights.safetensors");
        Weights.Save(network, path);
        using Tensor image = rand(1, 3, Side, Side);
        results["model.load_ms"] = 1e3 * BestWall(() =>
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable off = inference_mode();
            using VmUNet loaded = Weights.Load(path, ScanKind.Managed);
            loaded.Prepare(Precision.Fp32);
            loaded.forward(image); // the first one, as at a start
        });
        Directory.Delete(folder, recursive: true);
    }

    private static double BestWall(Action action)
    {
        action();
        double best = double.MaxValue;
        for (int i = 0; i < Runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
