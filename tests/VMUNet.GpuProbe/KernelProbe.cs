using System.Diagnostics;
using System.Globalization;
using VMUNet.Model.Scan;
using VMUNet.Model.Scan.Cuda;

namespace VMUNet.GpuProbe;

/// <summary>
/// The kernels alone, compiled by NVRTC and launched by the driver, without libtorch: right on small cases, and how fast at the
/// sizes of a 256 x 256 image.
/// </summary>
internal sealed class KernelProbe(CudaDriver driver, int device, ProbeReport report)
{
    private const int States = 16, Runs = 10;
    private static readonly int[] Batches = [1, 32, 64];

    public void Run()
    {
        if (Nvrtc.Find(out string why) is not { } compiler)
        {
            report.Fault($"the kernels cannot be compiled: {why}");
            return;
        }

        report.Fact("nvrtc.version", compiler.Version);
        report.Fact("nvrtc.file", compiler.Name);
        try
        {
            for (int stage = 0; stage < 4; stage++)
            {
                int channels = 96 << stage, side = 64 >> stage, rank = channels / 16;
                long began = Stopwatch.GetTimestamp();
                byte[] program = compiler.Compile(KernelSource.Text(rank, States), KernelSource.FileName, driver.CapabilityOf(device));
                var kernels = new DeviceKernels(driver, device, program);
                string name = string.Create(CultureInfo.InvariantCulture, $"kernel.stage{stage}");
                report.Number($"{name}.compile_ms", Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                CheckAgainstDefinition(name, kernels, rank);
                foreach (int batch in Batches)
                {
                    Measure(string.Create(CultureInfo.InvariantCulture, $"{name}.batch{batch}"), kernels, new ScanShape(batch, side, side, 2 * channels, rank, States));
                }
            }
        }
        catch (CudaException e)
        {
            report.Fault(e.Message);
        }
    }

    private void CheckAgainstDefinition(string name, DeviceKernels kernels, int rank)
    {
        ScanShape[] shapes =
        [
            new(2, 7, 5, KernelSource.Block + 5, rank, States), new(1, 1, 1, 3, rank, States), new(1, 16, 16, 2 * KernelSource.Block, rank, States),
            new(3, 1, 37, 24, rank, States),
        ];
        foreach (ScanShape shape in shapes)
        {
            using var memory = new DeviceMemory(driver, device);
            foreach ((string output, double error) in ScanSelfTest.Errors(kernels, memory, ScanNumbers.Draw(shape, seed: 2)))
            {
                report.Check(
                    string.Create(CultureInfo.InvariantCulture, $"{name}.error.{shape.Batch}x{shape.Height}x{shape.Width}x{shape.Inner}.{output.Replace(", ", "", StringComparison.Ordinal)}"),
                    error, ScanSelfTest.Tolerance);
            }
        }
    }

    private void Measure(string name, DeviceKernels kernels, ScanShape shape)
    {
        long tokens = (long)shape.Batch * shape.Length, d = shape.Inner, chunks = (shape.Length + KernelSource.Chunk - 1) / KernelSource.Chunk;
        long blocks = (d + KernelSource.Block - 1) / KernelSource.Block;
        using CudaDriver.Entered entered = driver.Enter(device);
        var pieces = new List<nint>();
        try
        {
            nint Piece(long numbers, float value)
            {
                nint piece = driver.Allocate(numbers * sizeof(float));
                pieces.Add(piece);
                var part = new float[Math.Min(numbers, 1 << 20)];
                Array.Fill(part, value);
                for (long at = 0; at < numbers; at += part.Length)
                {
                    driver.Upload(part.AsSpan(0, (int)Math.Min(part.Length, numbers - at)), piece + (nint)(at * sizeof(float)));
                }

                return piece;
            }

            nint x = Piece(tokens * d, 0.3f), skip = Piece(d, 1), y = Piece(tokens * d, 0), parts = Piece(4 * tokens * d, 0);
            var inputs = new ScanInputs(
                x, Piece(tokens * 4 * shape.Stride, 0.1f), Piece(4L * shape.Rank * d, 0.1f), Piece(4 * d, -3), Piece(4L * States * d, -2));
            nint kept = Piece(shape.Batch * 4 * chunks * States * d, 0);
            var outputs = new ScanGradientParts(
                Piece(4 * tokens * d, 0), Piece(4 * tokens * d, 0), Piece(blocks * tokens * 8 * States, 0), Piece(shape.Batch * 4L * States * d, 0));
            double updates = 4.0 * tokens * d * States;
            double forward = Seconds(() =>
            {
                kernels.Forward(inputs, parts, 0, shape);
                kernels.Merge(parts, x, skip, y, shape);
            });
            report.Number($"{name}.forward_ms", 1000 * forward);
            report.Number($"{name}.forward_updates_per_ns", updates / forward / 1e9);
            report.Number($"{name}.forward_gb_per_s", sizeof(float) * ((tokens * d * 14.0) + (tokens * 4 * shape.Stride)) / forward / 1e9);
            kernels.Forward(inputs, parts, kept, shape);
            double backward = Seconds(() =>
            {
                kernels.Backward(inputs, kept, x, outputs, shape);
                kernels.Merge(outputs.X, x, skip, y, shape);
            });
            report.Number($"{name}.backward_ms", 1000 * backward);
        }
        finally
        {
            pieces.ForEach(driver.Free);
        }
    }

    /// <summary>The median of some runs, after one that does not count.</summary>
    private double Seconds(Action work)
    {
        var seconds = new List<double>();
        for (int i = 0; i <= Runs; i++)
        {
            driver.Synchronize();
            long began = Stopwatch.GetTimestamp();
            work();
            driver.Synchronize();
            if (i > 0)
            {
                seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            }
        }

        seconds.Sort();
        return seconds[Runs / 2];
    }
}
