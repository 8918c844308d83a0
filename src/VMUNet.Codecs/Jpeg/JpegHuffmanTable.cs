namespace VMUNet.Codecs.Jpeg;

/// <summary>A Huffman code (T.81 annex C), read by its canonical order.</summary>
internal sealed class JpegHuffmanTable
{
    private const int LongestCode = 16;

    private readonly int[] _maximum = new int[LongestCode + 1];
    private readonly int[] _offset = new int[LongestCode + 1];
    private readonly byte[] _values;

    // By the next eight bits: length of the code in the high byte, value in the low; 0 for a longer code.
    private readonly ushort[] _short = new ushort[256];

    /// <param name="counts">Number of codes of each length, 1 to 16.</param>
    /// <param name="values">Values in order of their codes.</param>
    /// <exception cref="CodecException">The lengths do not make a code.</exception>
    public JpegHuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> values)
    {
        _values = values.ToArray();
        var (code, index) = (0, 0);
        for (var length = 1; length <= LongestCode; length++)
        {
            _offset[length] = index - code;
            for (var i = 0; i < counts[length - 1]; i++, code++, index++)
            {
                if (length <= 8)
                {
                    _short.AsSpan((code << (8 - length)) & 0xFF,
                        1 << (8 - length)).Fill((ushort)((length << 8) | _values[index]));
                }
            }

            if (code > 1 << length)
            {
                throw new CodecException("A JPEG Huffman table has too many codes.");
            }

            _maximum[length] = counts[length - 1] == 0 ? -1 : code - 1;
            code <<= 1;
        }
    }

    /// <summary>The next value.</summary>
    public int Read(ref JpegBitReader bits)
    {
        var next = bits.Peek(LongestCode);
        var entry = _short[next >> 8];
        if (entry != 0)
        {
            bits.Skip(entry >> 8);
            return entry & 0xFF;
        }

        for (var length = 9; length <= LongestCode; length++)
        {
            var code = next >> (LongestCode - length);
            if (code <= _maximum[length])
            {
                bits.Skip(length);
                return _values[code + _offset[length]];
            }
        }

        throw new CodecException("A JPEG frame has a code that its Huffman table lacks.");
    }
}
