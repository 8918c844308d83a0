using System.Globalization;

namespace VMUNet.Codecs.Tests.Jpeg;

/// <summary>Makes small JPEG frames, legal or not, piece by piece.</summary>
internal sealed class JpegBuilder
{
    private readonly List<byte> _bytes = [0xFF, 0xD8];

    public byte[] Bytes => [.. _bytes];

    /// <summary>A frame header. Components are numbered from 1 and use the quantisation table 0.</summary>
    public JpegBuilder Frame(byte marker, int precision, int rows, int columns, params (int H, int V)[] factors) =>
        Segment(marker, [(byte)precision, (byte)(rows >> 8), (byte)rows, (byte)(columns >> 8), (byte)columns,
            (byte)factors.Length,
            .. factors.SelectMany((f, i) => new[] { (byte)(i + 1), (byte)(f.H << 4 | f.V), (byte)0 })]);

    /// <summary>A quantisation table 0 of one step.</summary>
    public JpegBuilder Quantisation(byte step) => Segment(0xDB, [0, .. Enumerable.Repeat(step, 64)]);

    /// <summary>A Huffman table 0 whose codes all have one length, in the order of the symbols.</summary>
    public JpegBuilder Huffman(bool isAc, int length, params byte[] symbols)
    {
        var counts = new byte[16];
        counts[length - 1] = (byte)symbols.Length;
        return Segment(0xC4, [(byte)(isAc ? 0x10 : 0), .. counts, .. symbols]);
    }

    /// <summary>The categories 0 to 16 of a lossless scan, five bits each.</summary>
    public JpegBuilder Categories() => Huffman(false, 5, [.. Enumerable.Range(0, 17).Select(i => (byte)i)]);

    /// <summary>A scan header, then bits; <c>!n</c> among them stands for restart marker n.</summary>
    public JpegBuilder Scan(int selection, int shift, int[] components, string bits)
    {
        Segment(0xDA, [(byte)components.Length, .. components.SelectMany(c => new[] { (byte)c, (byte)0 }),
            (byte)selection, 0, (byte)shift]);
        var parts = bits.Replace(" ", "", StringComparison.Ordinal).Split('!');
        Entropy(parts[0]);
        foreach (var part in parts.Skip(1))
        {
            Raw(0xFF, (byte)(0xD0 + (part[0] - '0')));
            Entropy(part[1..]);
        }

        return this;
    }

    /// <summary>A difference of a lossless scan, coded with <see cref="Categories"/>.</summary>
    public static string Difference(int value)
    {
        var size = value == 0 ? 0 : 32 - int.LeadingZeroCount(Math.Abs(value));
        var extra = value < 0 ? value + (1 << size) - 1 : value;
        return Bits(size, 5) + (size == 0 ? "" : Bits(extra, size));
    }

    public JpegBuilder Segment(byte marker, params byte[] body)
    {
        _bytes.AddRange([0xFF, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body]);
        return this;
    }

    public JpegBuilder Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public JpegBuilder End() => Raw(0xFF, 0xD9);

    private static string Bits(int value, int count) => Convert.ToString(value, 2).PadLeft(count, '0');

    private void Entropy(string bits)
    {
        var padded = bits.PadRight((bits.Length + 7) / 8 * 8, '1');
        for (var at = 0; at < padded.Length; at += 8)
        {
            var value = byte.Parse(padded.AsSpan(at, 8), NumberStyles.BinaryNumber, CultureInfo.InvariantCulture);
            _bytes.Add(value);
            if (value == 0xFF)
            {
                _bytes.Add(0);
            }
        }
    }
}
