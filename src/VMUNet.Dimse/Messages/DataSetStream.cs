namespace VMUNet.Dimse;

/// <summary>
/// The data set of one message, read as it arrives: nothing is held but the PDU in hand. Forward and asynchronous only.
/// Reading throws <see cref="AssociationLostException"/> when the association ends before the last fragment.
/// </summary>
public sealed class DataSetStream : Stream
{
    private readonly MessageChannel _channel;
    private readonly byte _contextId;
    private ReadOnlyMemory<byte> _current;
    private bool _lastSeen;

    internal DataSetStream(MessageChannel channel, byte contextId) => (_channel, _contextId) = (channel, contextId);

    /// <summary>Bytes read so far.</summary>
    public long Delivered { get; private set; }

    /// <summary>True when the last fragment was read to its end.</summary>
    public bool IsAtEnd => _lastSeen && _current.IsEmpty;

    /// <summary>The next bytes where they were received, without a copy: valid until the next read; empty at the end.</summary>
    /// <exception cref="AssociationLostException">The association is over.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken ct)
    {
        await FillAsync(ct);
        var bytes = _current;
        _current = default;
        Delivered += bytes.Length;
        return bytes;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => Delivered; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await FillAsync(cancellationToken);
        var count = Math.Min(buffer.Length, _current.Length);
        _current[..count].CopyTo(buffer);
        _current = _current[count..];
        Delivered += count;
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The whole data set; null when it is longer than the limit, and then the rest is unread.</summary>
    internal async Task<byte[]?> ReadAllAsync(int limit, CancellationToken ct)
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
    internal async Task<bool> DrainAsync(long limit, CancellationToken ct)
    {
        long drained = 0;
        while (!IsAtEnd)
        {
            if (_current.IsEmpty)
            {
                var value = await _channel.NextDataFragmentAsync(_contextId, ct);
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

    private async ValueTask FillAsync(CancellationToken ct)
    {
        while (_current.IsEmpty && !_lastSeen)
        {
            var value = await _channel.NextDataFragmentAsync(_contextId, ct);
            (_current, _lastSeen) = (value.Bytes, value.IsLast);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("The network is read asynchronously.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
