namespace VMUNet.Codecs.Jpeg;

/// <summary>Scans of predicted samples (T.81 annex H).</summary>
internal static class JpegLosslessScan
{
    /// <returns>Where the next marker may lie.</returns>
    /// <exception cref="CodecException">The scan is broken.</exception>
    public static int Read(JpegFrame frame, JpegComponent[] components, ReadOnlySpan<byte> data, int position,
        int selection,
        int pointTransform, int restartInterval)
    {
        if (selection is < 1 or > 7 || pointTransform >= frame.Precision || (restartInterval % frame.Columns) != 0)
        {
            throw new CodecException(
                "A lossless JPEG scan has a selection value, shift or interval that is not legal.");
        }

        var bits = new JpegBitReader(data, position);
        var start = 1 << (frame.Precision - pointTransform - 1);
        var rowsPerInterval = restartInterval / frame.Columns;
        for (var row = 0; row < frame.Rows; row++)
        {
            var isFirst = row == 0 || (rowsPerInterval > 0 && row % rowsPerInterval == 0);
            if (isFirst && row > 0)
            {
                bits.Restart();
            }

            ReadRow(ref bits, frame, components, row, isFirst, selection, start);
        }

        bits.End();
        Shift(components, pointTransform);
        return bits.Position;
    }

    private static void ReadRow(ref JpegBitReader bits, JpegFrame frame, JpegComponent[] components, int row,
        bool isFirst,
        int selection, int start)
    {
        for (var column = 0; column < frame.Columns; column++)
        {
            foreach (var component in components)
            {
                var samples = component.Samples;
                var at = row * component.Stride + column;
                var table = component.Dc
                    ?? throw new CodecException("A JPEG scan uses a Huffman table that is not there.");
                int prediction = isFirst ? column == 0 ? start : samples[at - 1]
                    : column == 0 ? samples[at - component.Stride]
                    : Predict(selection, samples[at - 1], samples[at - component.Stride],
                        samples[at - component.Stride - 1]);
                var category = table.Read(ref bits);
                var difference = category switch
                {
                    < 16 => bits.ReadSigned(category),
                    16 => 32768,
                    _ => throw new CodecException("A lossless JPEG frame has a difference of more than 16 bits."),
                };
                samples[at] = (ushort)(prediction + difference);
            }
        }
    }

    /// <summary>T.81 table H.1.</summary>
    private static int Predict(int selection, int left, int above, int corner) => selection switch
    {
        1 => left,
        2 => above,
        3 => corner,
        4 => left + above - corner,
        5 => left + ((above - corner) >> 1),
        6 => above + ((left - corner) >> 1),
        _ => (left + above) >> 1,
    };

    private static void Shift(JpegComponent[] components, int pointTransform)
    {
        if (pointTransform == 0)
        {
            return;
        }

        foreach (var samples in components.Select(c => c.Samples))
        {
            for (var i = 0; i < samples.Length; i++)
            {
                samples[i] <<= pointTransform;
            }
        }
    }
}
