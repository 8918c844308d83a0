namespace VMUNet.DicomToolkit.IO.Buffer;

/// <summary>Buffers end to end.</summary>
public class CompositeByteBuffer : IByteBuffer
{
    /// <summary>Joins buffers.</summary>
    public CompositeByteBuffer(IEnumerable<IByteBuffer> buffers) => Buffers = [.. buffers];

    /// <summary>Joins buffers.</summary>
    public CompositeByteBuffer(params IByteBuffer[] buffers) => Buffers = [.. buffers];

    /// <summary>The parts in order.</summary>
    public IList<IByteBuffer> Buffers { get; }

    /// <inheritdoc/>
    public bool IsMemory => Buffers.All(b => b.IsMemory);

    /// <inheritdoc/>
    public long Size => Buffers.Sum(b => b.Size);

    /// <inheritdoc/>
    public byte[] Data
    {
        get
        {
            var data = new byte[Size];
            GetByteRange(0, data.Length, data);
            return data;
        }
    }

    /// <inheritdoc/>
    public void GetByteRange(long offset, int count, byte[] output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + count, Size);
        var done = 0;
        foreach (var buffer in Buffers)
        {
            if (offset < buffer.Size && done < count)
            {
                var part = (int)Math.Min(buffer.Size - offset, count - done);
                var bytes = new byte[part];
                buffer.GetByteRange(offset, part, bytes);
                bytes.CopyTo(output, done);
                done += part;
            }

            offset = Math.Max(0, offset - buffer.Size);
        }
    }

    /// <inheritdoc/>
    public void CopyToStream(Stream stream)
    {
        foreach (var buffer in Buffers)
        {
            buffer.CopyToStream(stream);
        }
    }

    /// <inheritdoc/>
    public async Task CopyToStreamAsync(Stream stream, CancellationToken cancellationToken)
    {
        foreach (var buffer in Buffers)
        {
            await buffer.CopyToStreamAsync(stream, cancellationToken);
        }
    }
}
