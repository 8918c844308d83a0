using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using VMUNet.Model;
using VMUNet.Model.Scan;
using VMUNet.Model.Scan.Cuda;
using static TorchSharp.torch;

namespace VMUNet.GpuProbe;

/// <summary>The whole network on the device: the numbers of the processor, images a second, and a training that learns.</summary>
internal sealed class NetworkProbe(int device, ProbeReport report)
{
    private const int Runs = 10, Steps = 40;
    private static readonly ModelConfig Small = new() { Dims = [32, 64, 128, 256], Depths = [2, 1, 1, 1], DepthsDecoder = [1, 1, 1, 1], Classes = 2 };
    private readonly Lazy<Device> _device = new(() => new Device(DeviceType.CUDA, device));

    /// <summary>Runs all, if libtorch for CUDA can be had.</summary>
    /// <param name="folder">Where libtorch lies, torch/lib of a PyTorch install; null for the loader's own places.</param>
    public void Run(string? folder)
    {
        if (Load(folder) is { } why)
        {
            report.Fault($"the network cannot run: {why}");
            return;
        }

        ComputeNotes.SendTo(report.Say);
        Parity();
        Speed();
        Training();
        if (ScanKernelSource.OfDevices.FaultOf(device) is { } fault)
        {
            report.Fault($"the kernels were given up: {fault}");
        }
    }

    /// <summary>Null, or why libtorch cannot be used.</summary>
    private static string? Load(string? folder)
    {
        try
        {
            if (folder is not null)
            {
                // In the order of their needs; later loads by name then find these.
                foreach (string name in new[] { "libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so" })
                {
                    NativeLibrary.Load(Path.Combine(folder, name));
                }
            }

            return cuda_is_available() ? null : "libtorch has no CUDA device";
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException or NotSupportedException)
        {
            return (e.InnerException ?? e).Message.Split('\n')[0];
        }
    }

    private void Parity()
    {
        using DisposeScope scope = NewDisposeScope();
        using var expected = new VmUNet(Small, ScanKind.Reference, seed: 5);
        using var network = new VmUNet(Small, ScanKind.Cuda, seed: 5);
        network.to(_device.Value);
        using var generator = new Generator(1);
        Tensor image = empty(new long[] { 2, 3, 64, 96 }).normal_(0, 1, generator);
        Tensor upstream = empty(new long[] { 2, 2, 64, 96 }).normal_(0, 1, generator);

        Tensor want = expected.forward(image), came = network.forward(image.to(_device.Value));
        report.Check("network.error.logits", Error(came, want), 1e-4);
        Autograd.Backward((want * upstream).sum());
        Autograd.Backward((came * upstream.to(_device.Value)).sum());
        double worst = expected.parameters().Zip(network.parameters()).Max(p => Error(p.Second.grad!, p.First.grad!));
        report.Check("network.error.gradients", worst, 1e-3);
    }

    private void Speed()
    {
        var config = new ModelConfig { Classes = 9 };
        foreach (Precision precision in new[] { Precision.Fp32, Precision.Fast })
        {
            using var network = new VmUNet(config, ScanKind.Cuda, seed: 1);
            network.to(_device.Value);
            network.Prepare(precision);
            foreach (int batch in new[] { 1, 32, 64 })
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable mode = inference_mode();
                Tensor images = rand(batch, 3, 256, 256).to(_device.Value);
                double seconds = Seconds(() => network.forward(images).Dispose());
                string name = string.Create(CultureInfo.InvariantCulture, $"network.{(precision == Precision.Fast ? "bf16" : "fp32")}.batch{batch}");
                report.Number($"{name}.ms", 1000 * seconds);
                report.Number($"{name}.slices_per_s", batch / seconds);
            }
        }
    }

    /// <summary>Discs on a noisy ground: the loss has to fall to less than half.</summary>
    private void Training()
    {
        using DisposeScope scope = NewDisposeScope();
        using var network = new VmUNet(Small with { Classes = 1 }, ScanKind.Cuda, seed: 3);
        network.to(_device.Value);
        network.train();
        using optim.Optimizer optimizer = optim.AdamW(network.parameters(), 1e-3);
        double first = 0, last = 0;
        long began = Stopwatch.GetTimestamp();
        for (int step = 0; step < Steps; step++)
        {
            using DisposeScope one = NewDisposeScope();
            (Tensor image, Tensor mask) = Discs(8, 64, step);
            optimizer.zero_grad();
            Tensor loss = Losses.BceDice(network.forward(image.to(_device.Value)), mask.to(_device.Value)).Total;
            Autograd.Backward(loss);
            optimizer.step();
            last = loss.cpu().item<float>();
            first = step == 0 ? last : first;
        }

        report.Number("training.step_ms", Stopwatch.GetElapsedTime(began).TotalMilliseconds / Steps);
        report.Number("training.loss_first", first);
        report.Check("training.loss_last_of_first", last / first, 0.5);
    }

    private static (Tensor Image, Tensor Mask) Discs(int batch, int side, int seed)
    {
        var random = new SeededRandom(11, seed);
        var image = new float[batch * 3 * side * side];
        var mask = new float[batch * side * side];
        for (int b = 0; b < batch; b++)
        {
            double row = random.Uniform(0.3, 0.7) * side, column = random.Uniform(0.3, 0.7) * side, radius = random.Uniform(0.1, 0.25) * side;
            for (int p = 0; p < side * side; p++)
            {
                double inside = Math.Pow((p / side) - row, 2) + Math.Pow((p % side) - column, 2) < radius * radius ? 1 : 0;
                mask[(b * side * side) + p] = (float)inside;
                for (int c = 0; c < 3; c++)
                {
                    image[(((b * 3) + c) * side * side) + p] = (float)((1.5 * inside) + (0.5 * random.Gaussian()));
                }
            }
        }

        return (tensor(image, [batch, 3, side, side]), tensor(mask, [batch, 1, side, side]));
    }

    /// <summary>The largest difference, relative to the largest value.</summary>
    private static double Error(Tensor came, Tensor expected)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        return ((came.cpu() - expected.cpu()).abs().max() / expected.cpu().abs().max()).item<float>();
    }

    /// <summary>The median of some runs, after two that do not count.</summary>
    private double Seconds(Action work)
    {
        var seconds = new List<double>();
        for (int i = -2; i < Runs; i++)
        {
            cuda.synchronize(_device.Value);
            long began = Stopwatch.GetTimestamp();
            work();
            cuda.synchronize(_device.Value);
            if (i >= 0)
            {
                seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            }
        }

        seconds.Sort();
        return seconds[Runs / 2];
    }
}
