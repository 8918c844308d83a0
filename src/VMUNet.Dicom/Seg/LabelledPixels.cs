using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace VMUNet.Dicom;

/// <summary>Walks the labelled pixels of one SEG frame in ascending order; unlabelled stretches, most of any frame, are
/// passed over many at a time.</summary>
internal ref struct LabelledPixels
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _bits;
    private readonly int _lead;
    private readonly int _count;
    private readonly byte _least;
    private ulong _word;
    private int _wordStart;
    private int _next;

    /// <summary>The pixels of a frame.</summary>
    /// <param name="bytes">Stored bytes, the frame's first pixel in the first of them.</param>
    /// <param name="bits">Bits of a pixel: 1 (first pixel in the least significant bit), 8 or 16 (little
    /// endian).</param>
    /// <param name="lead">With 1 bit: bits of the frame before, in the first byte.</param>
    /// <param name="count">Number of pixels.</param>
    /// <param name="least">With 8 bits: the least value that counts as labelled.</param>
    public LabelledPixels(ReadOnlySpan<byte> bytes, int bits, int lead, int count, byte least = 1)
    {
        _bytes = bytes[..(int)((lead + (long)count * bits + 7) / 8)];
        (_bits, _lead, _count, _least) = (bits, lead, count, least);
    }

    /// <summary>Index of the pixel in its frame.</summary>
    public int Index { get; private set; }

    /// <summary>Its stored value.</summary>
    public int Value { get; private set; }

    /// <summary>Goes to the next labelled pixel; false at the end of the frame.</summary>
    public bool MoveNext() => _bits switch
    {
        1 => NextBit(),
        8 => NextSample(_bytes, _least),
        _ => NextSample(MemoryMarshal.Cast<byte, ushort>(_bytes), (ushort)1),
    };

    private bool NextBit()
    {
        while (_word == 0)
        {
            if (_next >= _bytes.Length)
            {
                return false;
            }
            _word = Word(_bytes[_next..]);
            _word &= _next == 0 ? ulong.MaxValue << _lead : ulong.MaxValue;
            _wordStart = 8 * _next - _lead;
            _next += sizeof(ulong);
        }
        Index = _wordStart + BitOperations.TrailingZeroCount(_word);
        Value = 1;
        _word &= _word - 1;
        return Index < _count;
    }

    private bool NextSample<T>(ReadOnlySpan<T> samples, T least)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var skipped = samples[_next..].IndexOfAnyInRange(least, T.MaxValue);
        if (skipped < 0)
        {
            return false;
        }
        Index = _next + skipped;
        Value = int.CreateChecked(samples[Index]);
        _next = Index + 1;
        return true;
    }

    private static ulong Word(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        }
        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        bytes.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64LittleEndian(padded);
    }
}
