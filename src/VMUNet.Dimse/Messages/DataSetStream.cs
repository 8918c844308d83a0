namespace VMUNet.Dimse;

/// <summary>
/// The data set of one message, read as it arrives: nothing is held but the PDU in hand. Forward and asynchronous only.
/// Reading throws <see cref="AssociationLostException"/> when the association ends before the last fragment.
/// </summary>
internal sealed class DataSetStream(MessageChannel channel, byte contextId) : Stream
{
    private ReadOnlyMemory<byte> _current;
    private bool _lastSeen;

    /// <summary>Bytes read so far.</summary>
    public long Delivered { get; private set; }

    /// <summary>True when the last fragment was read to its end.</summary>
    public bool IsAtEnd => _lastSeen && _current.IsEmpty;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => Delivered; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_current.IsEmpty && !_lastSeen)
        {
            var value = await channel.NextDataFragmentAsync(contextId, cancellationToken);
            (_current, _lastSeen) = (value.Bytes, value.IsLast);
        }

        var count = Math.Min(buffer.Length, _current.Length);
        _current[..count].CopyTo(buffer);
        _current = _current[count..];
        Delivered += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The whole data set; null when it is longer than the limit, and then the rest is unread.</summary>
    public async Task<byte[]?> ReadAllAsync(int limit, CancellationToken ct)
    {
        using var all = new MemoryStream();
        var buffer = new byte[16_384];
        for (int count; (count = await ReadAsync(buffer.AsMemory(), ct)) > 0;)
        {
            if (all.Length + count > limit)
            {
                return null;
            }

            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Reads and forgets the rest.</summary>
    /// <returns>False when more than <paramref name="limit"/> bytes came and the end is still not there.</returns>
    public async Task<bool> DrainAsync(long limit, CancellationToken ct)
    {
        long drained = 0;
        while (!IsAtEnd)
        {
            if (_current.IsEmpty)
            {
                var value = await channel.NextDataFragmentAsync(contextId, ct);
                (_current, _lastSeen) = (value.Bytes, value.IsLast);
            }

            drained += _current.Length;
            _current = default;
            if (drained > limit)
            {
                return IsAtEnd;
            }
        }

        return true;
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("The network is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
