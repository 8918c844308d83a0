namespace VMUNet.Codecs.Jpeg;

/// <summary>Scans of blocks of cosine coefficients (T.81 annexes A, F).</summary>
internal static class JpegSequentialScan
{
    private static readonly byte[] ZigZag =
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14,
            21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
            47, 55,
        62, 63,
    ];

    /// <returns>Where the next marker may lie.</returns>
    /// <exception cref="CodecException">The scan is broken.</exception>
    public static int Read(JpegFrame frame, JpegComponent[] components, ReadOnlySpan<byte> data, int position,
        ushort[]?[] quantisation, int restartInterval)
    {
        var bits = new JpegBitReader(data, position);
        var isAlone = components.Length == 1;
        var (across, down) = isAlone ? frame.BlocksOf(components[0]) : (frame.UnitsAcross, frame.UnitsDown);
        for (var unit = 0; unit < across * down; unit++)
        {
            if (restartInterval > 0 && unit > 0 && unit % restartInterval == 0)
            {
                bits.Restart();
            }

            if (unit == 0 || (restartInterval > 0 && unit % restartInterval == 0))
            {
                Array.ForEach(components, c => c.Predictor = 0);
            }

            var (row, column) = (unit / across, unit % across);
            foreach (var component in components)
            {
                var (h, v) = isAlone ? (1, 1) : (component.H, component.V);
                var table = quantisation[component.QuantisationTable] ??
                    throw new CodecException("A JPEG scan uses a quantisation table that is not there.");
                for (var block = 0; block < h * v; block++)
                {
                    ReadBlock(ref bits, component, row * v + block / h, column * h + block % h, table, frame.Precision);
                }
            }
        }

        bits.End();
        return bits.Position;
    }

    private static void ReadBlock(ref JpegBitReader bits, JpegComponent component, int blockRow, int blockColumn,
        ushort[] table, int precision)
    {
        var (dc, ac) = (component.Dc, component.Ac);
        if (dc is null || ac is null)
        {
            throw new CodecException("A JPEG scan uses a Huffman table that is not there.");
        }

        Span<float> block = stackalloc float[64];
        block.Clear();
        component.Predictor += bits.ReadSigned(Math.Min(16, dc.Read(ref bits)));
        block[0] = component.Predictor * table[0];
        for (var k = 1; k < 64; k++)
        {
            var symbol = ac.Read(ref bits);
            var (run, size) = (symbol >> 4, symbol & 0xF);
            if (size == 0 && run < 15)
            {
                break;
            }

            k += run;
            if (k > 63)
            {
                throw new CodecException("A JPEG block has more than 64 coefficients.");
            }

            block[ZigZag[k]] = size == 0 ? 0 : bits.ReadSigned(size) * table[k];
        }

        InverseCosine.Transform(block);
        var (centre, maximum) = (1 << (precision - 1), (1 << precision) - 1);
        for (var y = 0; y < 8; y++)
        {
            var line = component.Samples.AsSpan((8 * blockRow + y) * component.Stride + 8 * blockColumn, 8);
            for (var x = 0; x < 8; x++)
            {
                line[x] = (ushort)Math.Clamp((int)MathF.Round(block[8 * y + x]) + centre, 0, maximum);
            }
        }
    }
}
