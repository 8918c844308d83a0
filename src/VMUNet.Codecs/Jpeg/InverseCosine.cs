namespace VMUNet.Codecs.Jpeg;

/// <summary>Inverse cosine transform of a block of 8 x 8 (T.81 section A.3.3), rows then columns by their even
/// and odd halves.</summary>
internal static class InverseCosine
{
    private static readonly float[] Cosine = MakeTable();

    public static void Transform(Span<float> block)
    {
        Span<float> line = stackalloc float[8];
        for (var row = 0; row < 8; row++)
        {
            Line(block.Slice(8 * row, 8), line);
            line.CopyTo(block[(8 * row)..]);
        }

        Span<float> column = stackalloc float[8];
        for (var x = 0; x < 8; x++)
        {
            for (var y = 0; y < 8; y++)
            {
                column[y] = block[8 * y + x];
            }

            Line(column, line);
            for (var y = 0; y < 8; y++)
            {
                block[8 * y + x] = line[y];
            }
        }
    }

    /// <summary>cos is even about the middle for even frequencies and odd for odd ones,
    /// which halves the work.</summary>
    private static void Line(ReadOnlySpan<float> source, Span<float> target)
    {
        for (var x = 0; x < 4; x++)
        {
            var c = Cosine.AsSpan(8 * x, 8);
            var even = source[0] * c[0] + source[2] * c[2] + source[4] * c[4] + source[6] * c[6];
            var odd = source[1] * c[1] + source[3] * c[3] + source[5] * c[5] + source[7] * c[7];
            target[x] = even + odd;
            target[7 - x] = even - odd;
        }
    }

    private static float[] MakeTable()
    {
        var table = new float[32];
        for (var x = 0; x < 4; x++)
        {
            for (var u = 0; u < 8; u++)
            {
                table[8 * x + u] = (float)(0.5 * (u == 0 ? Math.Sqrt(0.5)
                    : 1) * Math.Cos((2 * x + 1) * u * Math.PI / 16));
            }
        }

        return table;
    }
}
