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
    private const int Turns = 20;
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
            BothProfiles(network, image, results);
            network.Prepare(Precision.Fp32);
            long before = GC.GetAllocatedBytesForCurrentThread();
            network.forward(image).Dispose();
            results["model.managed_bytes_per_forward"] = GC.GetAllocatedBytesForCurrentThread() - before;

            TorchRuntime.UseOnThisThread(cores);
            results["model.fp32.wall_ms_one_image"] = 1e3 * BestWall(() => network.forward(image).Dispose());
            network.Prepare(Precision.Fast);
            results["model.fast.wall_ms_one_image"] = 1e3 * BestWall(() => network.forward(image).Dispose());
            network.Prepare(Precision.Fp32);
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
                Compare(network, image, results);
            }
        }

        Console.Error.WriteLine("inference done");
        Train(results);
        TrainOnThreads(results);
        results["machine.cores"] = cores;
    }

    /// <summary>
    /// Processor time of a slice in both profiles, turn by turn: a machine that others use too has faster and slower minutes, and
    /// both shall have the same ones.
    /// </summary>
    private static void BothProfiles(VmUNet network, Tensor image, SortedDictionary<string, double> results)
    {
        using var fast = new VmUNet(network.Config, ScanKind.Managed, seed: 1);
        fast.Prepare(Precision.Fast);
        network.Prepare(Precision.Fp32);
        double bestFp32 = double.MaxValue, bestFast = double.MaxValue;
        for (int i = 0; i < Turns; i++)
        {
            bestFp32 = Math.Min(bestFp32, ProcessorTime.Best(1, () => network.forward(image).Dispose()));
            bestFast = Math.Min(bestFast, ProcessorTime.Best(1, () => fast.forward(image).Dispose()));
        }

        results["model.fp32.cpu_ms_per_slice"] = 1e3 * bestFp32;
        results["model.fast.cpu_ms_per_slice"] = 1e3 * bestFast;
        results["model.fast_over_fp32.times"] = bestFp32 / bestFast;
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

    /// <summary>
    /// The same weights and image through torch's operators, step by step as the official code without its CUDA kernel does: same
    /// process, same minute. One run, processor time of one thread; the operators are libtorch's own.
    /// </summary>
    private static void Compare(VmUNet network, Tensor image, SortedDictionary<string, double> results)
    {
        TorchRuntime.UseOnThisThread(1);
        using var reference = new VmUNet(network.Config, ScanKind.Reference, seed: 1);
        reference.eval();
        results["model.reference.cpu_ms_per_slice"] = 1e3 * ProcessorTime.Best(1, () => reference.forward(image).Dispose());
        foreach (string profile in new[] { "fp32", "fast" })
        {
            results[$"model.{profile}_over_reference.times"] =
                results["model.reference.cpu_ms_per_slice"] / results[$"model.{profile}.cpu_ms_per_slice"];
        }

        TorchRuntime.UseOnThisThread(Environment.ProcessorCount);
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

    /// <summary>
    /// A step as the trainer takes it: two threads with a network and an image each, gradients added, norm, AdamW, running mean.
    /// </summary>
    private static void TrainOnThreads(SortedDictionary<string, double> results)
    {
        TrainingWorker[] workers = [.. Enumerable.Range(0, 2).Select(Worker)];
        WeightLayout layout = WeightLayout.Of(workers[0].Network);
        float[] weights = new float[layout.Count], gradient = new float[layout.Count], mean = new float[layout.Count];
        layout.Gather(workers[0].Network, weights);
        var optimiser = new AdamW(layout.Count);
        results["train.trainer_step_wall_ms"] = 1e3 * BestWall(() =>
        {
            TrainingWorker.RunAll(workers, Work);
            FlatArray.Sum(gradient, [.. workers.Select(w => w.Gradient)]);
            double norm = FlatArray.Norm(gradient);
            optimiser.Step(weights, gradient, Math.Min(1, 1 / norm), 1e-4, layout.Decayed, 0.05);
            FlatArray.MoveTowards(mean, weights, 0.01f);
        });
        Array.ForEach(workers, w => w.Dispose());

        TrainingWorker Worker(int i)
        {
            var network = new VmUNet(new ModelConfig { Classes = 9 }, ScanKind.Managed, seed: 1);
            network.train();
            return new TrainingWorker(i, network, WeightLayout.Of(network).Count);
        }

        void Work(TrainingWorker worker)
        {
            using DisposeScope scope = NewDisposeScope();
            layout.Scatter(weights, worker.Network);
            Tensor image = rand(1, 3, Side, Side), target = randint(0, 9, [1, Side, Side], ScalarType.Int64);
            Autograd.Backward(Losses.CeDice(worker.Network.forward(image), target).Total);
            layout.TakeGradients(worker.Network, worker.Gradient);
        }
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
