using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.IO.Reader;

/// <summary>Forward reading of a seekable stream with known end; large values may stay in its file.</summary>
internal sealed class ByteSource(Stream stream, IFileReference? file, FileReadOption option, int largeObjectSize)
{
    private const int WindowSize = 64 * 1024;
    private const int DefaultLargeObjectSize = 64 * 1024;

    private readonly byte[] _window = new byte[WindowSize];
    private readonly int _largeObjectSize = largeObjectSize > 0 ? largeObjectSize : DefaultLargeObjectSize;
    private readonly FileReadOption _option =
        file is null && option is FileReadOption.Default or FileReadOption.ReadLargeOnDemand && file is null
            ? FileReadOption.ReadAll
            : option == FileReadOption.Default ? FileReadOption.ReadLargeOnDemand : option;

    private long _windowStart = stream.Position;
    private int _windowLength;

    public long Position { get; set; } = stream.Position;

    public long End { get; } = stream.Length;

    public long Remaining => End - Position;

    /// <summary>Copies the next bytes without moving on; false when fewer are left.</summary>
    public bool TryPeek(Span<byte> bytes)
    {
        if (bytes.Length > Remaining)
        {
            return false;
        }

        if (Position < _windowStart || Position + bytes.Length > _windowStart + _windowLength)
        {
            stream.Position = _windowStart = Position;
            _windowLength = stream.ReadAtLeast(_window, bytes.Length, throwOnEndOfStream: false);
            if (_windowLength < bytes.Length)
            {
                return false;
            }
        }

        _window.AsSpan((int)(Position - _windowStart), bytes.Length).CopyTo(bytes);
        return true;
    }

    /// <summary>Copies the next bytes; false when fewer are left.</summary>
    public bool TryRead(Span<byte> bytes)
    {
        if (!TryPeek(bytes))
        {
            return false;
        }

        Position += bytes.Length;
        return true;
    }

    /// <summary>A value of that many bytes, which must be left; null when it is to be left out.</summary>
    public IByteBuffer? Take(long length)
    {
        var start = Position;
        Position += length;
        if (length == 0)
        {
            return EmptyBuffer.Value;
        }

        if (length < _largeObjectSize || _option == FileReadOption.ReadAll)
        {
            var bytes = new byte[length];
            Position = start;
            if (length <= WindowSize)
            {
                TryPeek(bytes);
            }
            else
            {
                stream.Position = start;
                stream.ReadExactly(bytes);
            }

            Position = start + length;
            return new MemoryByteBuffer(bytes);
        }

        return _option == FileReadOption.SkipLargeTags ? null : new FileByteBuffer(file!, start, length);
    }
}
