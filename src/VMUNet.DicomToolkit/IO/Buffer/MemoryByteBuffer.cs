namespace VMUNet.DicomToolkit.IO.Buffer;

/// <summary>Bytes in an array, which is not copied.</summary>
public sealed class MemoryByteBuffer : IByteBuffer
{
    /// <summary>Takes the array as it is.</summary>
    public MemoryByteBuffer(byte[] data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Data = data;
    }

    /// <inheritdoc/>
    public bool IsMemory => true;

    /// <inheritdoc/>
    public long Size => Data.Length;

    /// <inheritdoc/>
    public byte[] Data { get; }

    /// <inheritdoc/>
    public void GetByteRange(long offset, int count, byte[] output) => Data.AsSpan((int)offset, count).CopyTo(output);

    /// <inheritdoc/>
    public void CopyToStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(Data);
    }

    /// <inheritdoc/>
    public Task CopyToStreamAsync(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.WriteAsync(Data, cancellationToken).AsTask();
    }
}
