namespace VMUNet.Codecs.Jpeg;

/// <summary>What a frame header says (T.81 section B.2.2), and the samples as they are decoded.</summary>
internal sealed record JpegFrame(int Process, int Precision, int Rows, int Columns, JpegComponent[] Components)
{
    public bool IsLossless => Process == 3;

    public int MaximumH => Components.Max(c => c.H);

    public int MaximumV => Components.Max(c => c.V);

    /// <summary>Units of a scan of all components across: pixels when lossless,
    /// else blocks of its largest component.</summary>
    public int UnitsAcross => Divide(Columns, (IsLossless ? 1 : 8) * MaximumH);

    public int UnitsDown => Divide(Rows, (IsLossless ? 1 : 8) * MaximumV);

    /// <summary>Samples that scans code at least: of subsampled components fewer than of pixels.</summary>
    public long CodedSamples => Components.Sum(c =>
    {
        var (across, down) = BlocksOf(c);
        return (long)across * down * (IsLossless ? 1 : 64);
    });

    /// <summary>Units of a scan of this component alone (T.81 section A.2.2).</summary>
    public (int Across, int Down) BlocksOf(JpegComponent component) =>
        (Divide(Divide(Columns * component.H, MaximumH), IsLossless ? 1 : 8),
            Divide(Divide(Rows * component.V, MaximumV), IsLossless ? 1 : 8));

    public static int Divide(int value, int by) => (value + by - 1) / by;
}

/// <summary>One component of a frame.</summary>
internal sealed class JpegComponent(int id, int h, int v, int table)
{
    public int Id { get; } = id;

    public int H { get; } = h;

    public int V { get; } = v;

    public int QuantisationTable { get; } = table;

    /// <summary>Samples a line of <see cref="Samples"/>, padding to whole units included.</summary>
    public int Stride { get; private set; }

    public ushort[] Samples { get; private set; } = [];

    /// <summary>A scan of it came.</summary>
    public bool IsRead { get; set; }

    public JpegHuffmanTable? Dc { get; set; }

    public JpegHuffmanTable? Ac { get; set; }

    /// <summary>Prediction of the next DC coefficient.</summary>
    public int Predictor { get; set; }

    public void Allocate(JpegFrame frame)
    {
        var unit = frame.IsLossless ? 1 : 8;
        Stride = frame.UnitsAcross * H * unit;
        var count = (long)Stride * frame.UnitsDown * V * unit;
        Samples = count <= Array.MaxLength ? new ushort[count]
            : throw new CodecException($"A JPEG component of {count} samples is larger than {Array.MaxLength}.");
    }
}
