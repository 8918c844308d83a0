using TorchSharp;
using VMUNet.Model.Scan;
using VMUNet.Model.Tests.Goldens;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

/// <summary>The chunked form against the step-by-step definition, both in float64, and its safety in float32.</summary>
public sealed class ChunkedScanTests
{
    [Theory]
    [InlineData(2, 8, 8, 0)]    // whole chunks
    [InlineData(1, 5, 13, 0)]   // a last chunk that is not full
    [InlineData(3, 1, 7, 3)]
    [InlineData(2, 7, 1, 16)]   // one chunk, longer than the sequence
    [InlineData(2, 3, 4, 1)]    // every step a chunk
    [InlineData(2, 1, 1, 0)]    // a single token
    public void Output_and_gradients_are_those_of_the_definition(int batch, int height, int width, int steps)
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(batch, height, width, 16, 3);

        (Tensor expected, Tensor[] expectedGradients) = drawn.Run(new ReferenceScan(), ScalarType.Float64);
        (Tensor y, Tensor[] gradients) = drawn.Run(new ChunkedScan(steps), ScalarType.Float64);

        Golden.Close(y, expected, 1e-12, "y");
        for (int i = 0; i < gradients.Length; i++)
        {
            Golden.Close(gradients[i], expectedGradients[i], 1e-12, ScanCase.InputNames[i]);
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(-40)]
    [InlineData(30)]
    public void Extreme_steps_stay_finite_and_right(double deltaShift)
    {
        using DisposeScope scope = NewDisposeScope();
        ScanCase drawn = ScanCase.Draw(2, 6, 9, 32, 2, deltaShift: deltaShift);

        (Tensor expected, _) = drawn.Run(new ReferenceScan(), ScalarType.Float64);
        (Tensor y, Tensor[] gradients) = drawn.Run(new ChunkedScan(), ScalarType.Float32);

        Golden.Close(y, expected, 2e-6, "y");
        Assert.All(gradients, g => Assert.True(g.isfinite().all().item<bool>()));
    }
}
