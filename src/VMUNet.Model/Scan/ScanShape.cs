using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>The sizes of one scan, read from its tensors and checked against each other.</summary>
internal readonly record struct ScanShape(int Batch, int Height, int Width, int Inner, int Rank, int States)
{
    /// <summary>Tokens L.</summary>
    public int Length => Height * Width;

    /// <summary>R + 2N: numbers per token and direction.</summary>
    public int Stride => Rank + (2 * States);

    /// <exception cref="ArgumentException">
    /// A tensor has another shape than <see cref="ISelectiveScan.Scan"/> says.
    /// </exception>
    public static ScanShape Check(
        Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias,
        Tensor aLogs, Tensor skip, int height, int width)
    {
        Require(x, nameof(x), -1, (long)height * width, -1);
        long batch = x.shape[0], inner = x.shape[2];
        Require(deltaWeight, nameof(deltaWeight), ScanLayout.Directions, inner, -1);
        Require(deltaBias, nameof(deltaBias), ScanLayout.Directions, inner);
        Require(aLogs, nameof(aLogs), ScanLayout.Directions * inner, -1);
        Require(skip, nameof(skip), ScanLayout.Directions * inner);
        long rank = deltaWeight.shape[2], states = aLogs.shape[1];
        Require(projected, nameof(projected), batch, x.shape[1], ScanLayout.Directions * (rank + (2 * states)));
        return new ScanShape((int)batch, height, width, (int)inner, (int)rank, (int)states);
    }

    private static void Require(Tensor tensor, string name, params ReadOnlySpan<long> expected)
    {
        long[] came = tensor.shape;
        bool fits = came.Length == expected.Length;
        for (int i = 0; fits && i < came.Length; i++)
        {
            fits = expected[i] < 0 ? came[i] > 0 : came[i] == expected[i];
        }

        if (!fits)
        {
            string wanted = string.Join(", ", expected.ToArray().Select(n => n < 0 ? "any" : $"{n}"));
            throw new ArgumentException($"Expected ({wanted}), came ({string.Join(", ", came)}).", name);
        }
    }
}
