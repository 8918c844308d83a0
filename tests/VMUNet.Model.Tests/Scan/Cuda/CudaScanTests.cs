using TorchSharp;
using VMUNet.Model.Scan;
using VMUNet.Model.Scan.Cuda;
using VMUNet.Model.Tests.Goldens;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

/// <summary>The CUDA scan, its kernels on the processor, against the float64 step-by-step reference.</summary>
[Collection(nameof(TensorTests))]
public sealed class CudaScanTests
{
    [Theory]
    [InlineData(2, 8, 8, 32, 2, 16)]    // full chunks, full blocks of channels
    [InlineData(1, 5, 13, 16, 3, 16)]   // one step more than full chunks, odd rank
    [InlineData(3, 14, 10, 20, 1, 16)]  // a block of channels that is not full
    [InlineData(1, 1, 7, 5, 6, 16)]     // one row, fewer channels than a block
    [InlineData(2, 7, 1, 16, 4, 16)]    // one column
    [InlineData(2, 1, 1, 64, 12, 16)]   // a single token
    public void Output_and_gradients_agree_with_float64(int batch, int height, int width, int inner, int rank, int states)
    {
        _ = KernelsOnCpu.Of(rank, states);
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(batch, height, width, inner, rank);

        (Tensor expected, Tensor[] expectedGradients) = drawn.Run(new ReferenceScan(), ScalarType.Float64);
        (Tensor y, Tensor[] gradients) = drawn.Run(new CudaScan(KernelsOnCpu.Source()), ScalarType.Float32);

        Golden.Close(y, expected, 2e-6, "y");
        for (int i = 0; i < gradients.Length; i++)
        {
            Golden.Close(gradients[i], expectedGradients[i], 5e-6, ScanCase.InputNames[i]);
        }

        Golden.Close(drawn.Infer(new CudaScan(KernelsOnCpu.Source()), ScalarType.Float32), expected, 2e-6, "without gradients");
    }

    [Theory]
    [InlineData(100)]
    [InlineData(-40)]
    [InlineData(30)]
    public void Extreme_steps_stay_finite_and_right(double deltaShift)
    {
        _ = KernelsOnCpu.Of(2, 16);
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(2, 6, 9, 32, 2, deltaShift: deltaShift);

        (Tensor expected, Tensor[] expectedGradients) = drawn.Run(new ReferenceScan(), ScalarType.Float64);
        (Tensor y, Tensor[] gradients) = drawn.Run(new CudaScan(KernelsOnCpu.Source()), ScalarType.Float32);

        Golden.Close(y, expected, 2e-6, "y");
        Golden.Close(gradients[0], expectedGradients[0], 5e-6, "x");
        Assert.All(gradients, g => Assert.True(g.isfinite().all().item<bool>()));
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Fast)]
    public void What_is_prepared_on_another_device_asks_nothing_of_the_processor(Precision precision)
    {
        // libtorch's meta device has shapes and no numbers: a kernel of the processor that was given its tensors would refuse them.
        using DisposeScope scope = NewDisposeScope();
        using var product = new Product();
        Tensor weight = empty(64, 32, device: META);
        product.Prepare(weight, precision);
        using TorchSharp.Modules.LayerNorm norm = nn.LayerNorm(32), there = nn.LayerNorm(32);
        there.to(META);

        Tensor y = product.Of(empty(2, 8, 32, device: META), weight);

        Assert.Equal((DeviceType.META, ScalarType.Float32), (y.device_type, y.dtype));
        Assert.Equal([2, 8, 64], y.shape);
        Assert.False(NormKernel.Serves(there));
        Assert.Equal(NormKernel.Serves(32), NormKernel.Serves(norm));
    }

    [Fact]
    public void Kernels_that_cannot_be_had_are_said_once_and_the_chunked_form_takes_their_place()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(1, 4, 5, 16, 2);
        var said = new List<string>();
        int asked = 0;
        var scan = new CudaScan(new ScanKernelSource((_, _, _) => { asked++; throw new CudaException("there is no NVRTC"); }, said.Add));

        (Tensor expected, _) = drawn.Run(new ReferenceScan(), ScalarType.Float64);
        (Tensor y, Tensor[] gradients) = drawn.Run(scan, ScalarType.Float32);
        drawn.Infer(scan, ScalarType.Float32);

        Golden.Close(y, expected, 2e-6, "y");
        Assert.Equal(6, gradients.Length);
        Assert.Equal(1, asked);
        Assert.Contains("there is no NVRTC", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void A_launch_that_fails_leads_to_the_chunked_form_too()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(1, 4, 5, 16, 2);
        var said = new List<string>();
        var scan = new CudaScan(new ScanKernelSource((_, _, _) => new Failing(), said.Add));

        Golden.Close(drawn.Infer(scan, ScalarType.Float32), drawn.Infer(new ReferenceScan(), ScalarType.Float64), 2e-6, "y");
        (Tensor y, _) = drawn.Run(scan, ScalarType.Float32);

        Golden.Close(y, drawn.Infer(new ReferenceScan(), ScalarType.Float64), 2e-6, "with gradients");
        Assert.Contains("too many resources", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_of_the_backward_kernel_reaches_the_caller()
    {
        _ = KernelsOnCpu.Of(2, 16);
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(1, 4, 5, 16, 2);
        var scan = new CudaScan(new ScanKernelSource((_, rank, states) => new Failing(KernelsOnCpu.Of(rank, states)), line => Assert.Fail(line)));

        Assert.Contains("too many resources", Assert.Throws<CudaException>(() => drawn.Run(scan, ScalarType.Float32)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_on_the_processor_never_ask_for_a_CUDA_device()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(1, 4, 5, 16, 2);

        Tensor y = drawn.Infer(new CudaScan(), ScalarType.Float32);

        Golden.Close(y, drawn.Infer(new ReferenceScan(), ScalarType.Float64), 2e-6, "y");
        Assert.Null(ScanKernelSource.OfDevices.FaultOf(0));
    }

    /// <summary>Fails at every launch, or at the backward pass alone.</summary>
    private sealed class Failing(IScanKernels? forward = null) : IScanKernels
    {
        public int Block => forward?.Block ?? 1;

        public void Forward(in ScanInputs inputs, nint parts, nint checkpoints, in ScanShape shape)
        {
            if (forward is null)
            {
                throw new CudaException("cuLaunchKernel: error 701, too many resources requested for launch");
            }

            forward.Forward(inputs, parts, checkpoints, shape);
        }

        public void Backward(in ScanInputs inputs, nint checkpoints, nint gradient, in ScanGradientParts outputs, in ScanShape shape) =>
            throw new CudaException("cuLaunchKernel: error 701, too many resources requested for launch");

        public void Merge(nint parts, nint x, nint skip, nint sum, in ScanShape shape) => forward?.Merge(parts, x, skip, sum, shape);
    }
}
