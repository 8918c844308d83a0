using System.Globalization;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>
/// Runs the kernels on a small case of every awkward kind and compares them with <see cref="ScanDefinition"/>, so that a
/// miscompiled or wrong program is found out before it computes for anyone. Some milliseconds.
/// </summary>
internal static class ScanSelfTest
{
    /// <summary>Largest error that is let through, relative to the largest value. Measured on the processor: below 1e-6.</summary>
    public const double Tolerance = 2e-5;

    /// <summary>The largest errors, relative to the largest value, by name.</summary>
    /// <exception cref="CudaException">A call fails.</exception>
    public static IReadOnlyDictionary<string, double> Errors(IScanKernels kernels, IKernelMemory memory, ScanNumbers numbers)
    {
        ScanShape shape = numbers.Shape;
        ScanDefinition expected = ScanDefinition.Of(numbers);
        int tokens = shape.Batch * shape.Length, d = shape.Inner, n = shape.States;
        int blocks = (d + kernels.Block - 1) / kernels.Block, chunks = (shape.Length + KernelSource.Chunk - 1) / KernelSource.Chunk;
        nint x = memory.Upload(numbers.X), skip = memory.Upload(numbers.Skip), gradient = memory.Upload(numbers.Gradient);
        var inputs = new ScanInputs(
            x, memory.Upload(numbers.Projected), memory.Upload(numbers.DeltaWeight), memory.Upload(numbers.DeltaBias), memory.Upload(numbers.A2));
        nint parts = memory.Blank(4 * tokens * d), checkpoints = memory.Blank(shape.Batch * 4 * chunks * n * d), y = memory.Blank(tokens * d);
        nint dx = memory.Blank(tokens * d);
        var outputs = new ScanGradientParts(
            memory.Blank(4 * tokens * d), memory.Blank(4 * tokens * d), memory.Blank(blocks * tokens * 8 * n), memory.Blank(shape.Batch * 4 * n * d));

        kernels.Forward(inputs, parts, checkpoints, shape);
        kernels.Merge(parts, x, skip, y, shape);
        kernels.Backward(inputs, checkpoints, gradient, outputs, shape);
        kernels.Merge(outputs.X, gradient, skip, dx, shape);

        float[] rows = SumOfBlocks(memory.Download(outputs.Rows, blocks * tokens * 8 * n), shape, blocks);
        return new Dictionary<string, double>
        {
            ["y"] = Error(memory.Download(y, tokens * d), expected.Y),
            ["x"] = Error(memory.Download(dx, tokens * d), expected.X),
            ["delta"] = Error(memory.Download(outputs.Delta, 4 * tokens * d), expected.Delta),
            ["B, C"] = Error(rows, expected.Rows),
            ["A"] = Error(memory.Download(outputs.A, expected.A.Length), expected.A),
        };
    }

    /// <summary>Null, or what is wrong with the kernels.</summary>
    /// <exception cref="CudaException">A call fails.</exception>
    public static string? Fault(IScanKernels kernels, IKernelMemory memory, int rank, int states)
    {
        // Several blocks of channels, the last not full; several chunks, the last not full; rows and columns of different length.
        var shape = new ScanShape(2, 7, 5, kernels.Block + 5, rank, states);
        foreach ((string name, double error) in Errors(kernels, memory, ScanNumbers.Draw(shape, seed: 1)))
        {
            if (!(error <= Tolerance))
            {
                return string.Create(CultureInfo.InvariantCulture, $"self-test: {name} is off by {error:E1} of the largest value, allowed is {Tolerance:E1}");
            }
        }

        return null;
    }

    private static float[] SumOfBlocks(float[] parts, in ScanShape shape, int blocks)
    {
        int perPart = shape.Length * 8 * shape.States;
        var sum = new float[shape.Batch * perPart];
        for (int i = 0; i < parts.Length; i++)
        {
            sum[(i / (blocks * perPart) * perPart) + (i % perPart)] += parts[i];
        }

        return sum;
    }

    private static double Error(float[] came, double[] expected)
    {
        double largest = 0, difference = 0;
        for (int i = 0; i < came.Length; i++)
        {
            if (!float.IsFinite(came[i]))
            {
                return double.PositiveInfinity;
            }

            largest = Math.Max(largest, Math.Abs(expected[i]));
            difference = Math.Max(difference, Math.Abs(came[i] - expected[i]));
        }

        return difference / largest;
    }
}
