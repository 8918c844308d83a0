namespace VMUNet.Codecs.Jpeg;

/// <summary>Bits of entropy-coded data, highest first, without the zero bytes after FF (T.81
/// section F.1.2.3).</summary>
internal ref struct JpegBitReader(ReadOnlySpan<byte> data, int position)
{
    private const int MaximumOverrun = 8;

    private readonly ReadOnlySpan<byte> _data = data;
    private ulong _bits;
    private int _count;
    private int _overrun;

    /// <summary>Where the next byte, or the marker that ended the data, lies.</summary>
    public int Position { get; private set; } = position;

    /// <summary>The next bits, at most 16; zeros after the end.</summary>
    public int Peek(int count)
    {
        if (_count < count)
        {
            Fill();
        }

        return (int)(_bits >> (_count - count)) & ((1 << count) - 1);
    }

    public void Skip(int count) => _count -= count;

    public int Read(int count)
    {
        if (count == 0)
        {
            return 0;
        }

        var value = Peek(count);
        _count -= count;
        return value;
    }

    /// <summary>A number of that many bits, extended to its sign (T.81 figure F.12).</summary>
    public int ReadSigned(int count)
    {
        var value = Read(count);
        return count > 0 && value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
    }

    /// <summary>Ends a run of coded bits.</summary>
    /// <exception cref="CodecException">Some that were read lie behind the last byte.</exception>
    public readonly void End()
    {
        if (_count < 8 * _overrun)
        {
            throw TooEarly();
        }
    }

    /// <summary>Passes a restart marker and starts afresh.</summary>
    /// <exception cref="CodecException">No restart marker is there, or it comes too early.</exception>
    public void Restart()
    {
        End();
        (_bits, _count, _overrun) = (0, 0, 0);
        while (Position + 1 < _data.Length && _data[Position] == 0xFF && _data[Position + 1] == 0xFF)
        {
            Position++; // fill bytes (T.81 section B.1.1.2)
        }

        if (Position + 1 >= _data.Length || _data[Position] != 0xFF || (_data[Position + 1] & 0xF8) != 0xD0)
        {
            throw new CodecException("A JPEG frame lacks a restart marker.");
        }

        Position += 2;
    }

    private void Fill()
    {
        while (_count <= 48)
        {
            byte next = 0;
            if (Position < _data.Length && (_data[Position] != 0xFF || IsStuffed()))
            {
                next = _data[Position];
                Position += next == 0xFF ? 2 : 1;
            }
            else if (++_overrun > MaximumOverrun)
            {
                throw TooEarly();
            }

            _bits = (_bits << 8) | next;
            _count += 8;
        }
    }

    private static CodecException TooEarly() => new("A JPEG frame ends too early.");

    private readonly bool IsStuffed() => Position + 1 < _data.Length && _data[Position + 1] == 0;
}
