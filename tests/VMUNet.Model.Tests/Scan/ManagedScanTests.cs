using TorchSharp;
using VMUNet.Model.Scan;
using VMUNet.Model.Tests.Goldens;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

/// <summary>Every vector width against the float64 step-by-step reference.</summary>
public sealed class ManagedScanTests
{
    private const double OutputTolerance = 2e-6;
    private const double GradientTolerance = 5e-6;

    public static TheoryData<string, int, int, int, int, int> Shapes()
    {
        var data = new TheoryData<string, int, int, int, int, int>();
        foreach (string lanes in new[] { "Vector512", "Vector256", "Vector128" })
        {
            data.Add(lanes, 2, 8, 8, 32, 2);    // exactly one chunk
            data.Add(lanes, 1, 5, 13, 16, 3);   // one step more than a chunk, odd rank
            data.Add(lanes, 3, 14, 10, 48, 1);  // several chunks, rank 1
            data.Add(lanes, 1, 1, 7, 16, 6);    // one row
            data.Add(lanes, 2, 7, 1, 16, 4);    // one column
            data.Add(lanes, 2, 1, 1, 64, 12);   // a single token
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Output_and_gradients_agree_with_float64(
        string width, int batch, int height, int columns, int inner, int rank)
    {
        ScanLanes lanes = Supported(width);
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(batch, height, columns, inner, rank);

        (Tensor expected, Tensor[] expectedGradients) = drawn.Run(new ReferenceScan(), ScalarType.Float64);
        (Tensor y, Tensor[] gradients) = drawn.Run(new ManagedScan(lanes), ScalarType.Float32);

        Golden.Close(y, expected, OutputTolerance, "y");
        for (int i = 0; i < gradients.Length; i++)
        {
            Golden.Close(gradients[i], expectedGradients[i], GradientTolerance, ScanCase.InputNames[i]);
        }
    }

    [Theory]
    [InlineData("Vector512", 100)]
    [InlineData("Vector512", -40)]
    [InlineData("Vector512", 30)]
    [InlineData("Vector256", 100)]
    [InlineData("Vector256", -40)]
    [InlineData("Vector256", 30)]
    [InlineData("Vector128", 100)]
    [InlineData("Vector128", -40)]
    [InlineData("Vector128", 30)]
    public void Extreme_steps_stay_finite_and_right(string width, double deltaShift)
    {
        ScanLanes lanes = Supported(width);
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(2, 6, 9, 32, 2, deltaShift: deltaShift);

        (Tensor expected, Tensor[] expectedGradients) = drawn.Run(new ReferenceScan(), ScalarType.Float64);
        (Tensor y, Tensor[] gradients) = drawn.Run(new ManagedScan(lanes), ScalarType.Float32);

        Golden.Close(y, expected, OutputTolerance, "y");
        Golden.Close(gradients[0], expectedGradients[0], GradientTolerance, "x");
        Assert.All(gradients, g => Assert.True(g.isfinite().all().item<bool>()));
    }

    [Theory]
    [InlineData("Vector512")]
    [InlineData("Vector256")]
    [InlineData("Vector128")]
    public void Zero_input_gives_zero_and_a_very_negative_A_forgets_at_once(string width)
    {
        ScanLanes lanes = Supported(width);
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(1, 4, 5, 16, 1, deltaShift: 2);
        drawn.Inputs[4].fill_(12); // A = -e^12
        Tensor expected = drawn.Infer(new ReferenceScan(), ScalarType.Float64);

        Golden.Close(drawn.Infer(new ManagedScan(lanes), ScalarType.Float32), expected, OutputTolerance, "y");
        drawn.Inputs[0].zero_();
        Assert.Equal(0f, drawn.Infer(new ManagedScan(lanes), ScalarType.Float32).abs().max().item<float>());
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(3, 12, 9, 96, 3);
        List<Tensor[]> runs = [];
        foreach (int threads in new[] { 1, 2, 4 })
        {
            (Tensor Y, Tensor[] Gradients)? run = null;
            var thread = new Thread(() =>
            {
                TorchRuntime.UseOnThisThread(1);
                TorchRuntime.UseOnThisThread(threads);
                set_num_threads(1); // torch's own sums are not at stake here
                run = drawn.Run(new ManagedScan(), ScalarType.Float32);
            });
            thread.Start();
            thread.Join();
            runs.Add([run!.Value.Y, .. run.Value.Gradients]);
        }

        foreach (Tensor[] run in runs.Skip(1))
        {
            for (int i = 0; i < run.Length; i++)
            {
                Assert.True(run[i].eq(runs[0][i]).all().item<bool>(), $"tensor {i} differs");
            }
        }
    }

    [Fact]
    public void Inference_and_training_give_the_same_bits()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(2, 12, 9, 32, 2);

        Tensor inferred = drawn.Infer(new ManagedScan(), ScalarType.Float32);
        (Tensor trained, _) = drawn.Run(new ManagedScan(), ScalarType.Float32);

        Assert.True(inferred.eq(trained).all().item<bool>());
    }

    [Fact]
    public void Gradients_agree_with_finite_differences()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(1, 3, 4, 16, 2, deltaShift: -1);
        (_, Tensor[] gradients) = drawn.Run(new ManagedScan(), ScalarType.Float32);
        const double Step = 1e-5;

        for (int i = 0; i < gradients.Length; i++)
        {
            Tensor flat = drawn.Inputs[i].view(-1);
            long at = flat.shape[0] / 3;
            double value = flat[at].item<double>();
            double Loss(double moved)
            {
                flat[at] = tensor(moved, ScalarType.Float64);
                return (drawn.Infer(new ReferenceScan(), ScalarType.Float64) * drawn.Upstream).sum().item<double>();
            }

            double difference = (Loss(value + Step) - Loss(value - Step)) / (2 * Step);
            flat[at] = tensor(value, ScalarType.Float64);
            double gradient = gradients[i].view(-1)[at].item<float>();
            Assert.True(
                Math.Abs(difference - gradient) <= 1e-5 * Math.Max(1, gradients[i].abs().max().item<float>()),
                $"{ScanCase.InputNames[i]}: {gradient} for {difference}");
        }
    }

    [Fact]
    public void Wrong_shapes_states_and_types_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(1, 3, 4, 16, 2);
        Tensor[] t = [.. drawn.Inputs.Select(i => i.to(ScalarType.Float32))];
        var scan = new ManagedScan();

        Assert.Throws<ArgumentException>(() => scan.Scan(t[0], t[1], t[2], t[3], t[4], t[5], 4, 4));
        Assert.Throws<ArgumentException>(() => scan.Scan(t[0], t[1].narrow(2, 0, 100), t[2], t[3], t[4], t[5], 3, 4));
        Assert.Throws<ArgumentException>(() =>
            scan.Scan(t[0].to(ScalarType.Float64), t[1], t[2], t[3], t[4], t[5], 3, 4));
        Assert.Throws<ArgumentException>(() =>
            scan.Scan(t[0].narrow(2, 0, 6), t[1], t[2].narrow(1, 0, 6), t[3].narrow(1, 0, 6), t[4].narrow(0, 0, 24),
                t[5].narrow(0, 0, 24), 3, 4)); // 6 channels
    }

    internal static ScanLanes Supported(string width)
    {
        ScanLanes lanes = Enum.Parse<ScanLanes>(width);
        Assert.SkipUnless(ManagedScan.IsSupported(lanes), $"this processor has no {width}");
        return lanes;
    }
}
