namespace VMUNet.DicomToolkit.IO.Buffer;

/// <summary>No bytes.</summary>
public sealed class EmptyBuffer : IByteBuffer
{
    /// <summary>The one instance.</summary>
    public static readonly IByteBuffer Value = new EmptyBuffer();

    private EmptyBuffer()
    {
    }

    /// <inheritdoc/>
    public bool IsMemory => true;

    /// <inheritdoc/>
    public long Size => 0;

    /// <inheritdoc/>
    public byte[] Data => [];

    /// <inheritdoc/>
    public void GetByteRange(long offset, int count, byte[] output)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(offset, 0);
        ArgumentOutOfRangeException.ThrowIfNotEqual(count, 0);
    }

    /// <inheritdoc/>
    public void CopyToStream(Stream stream)
    {
    }

    /// <inheritdoc/>
    public Task CopyToStreamAsync(Stream stream, CancellationToken cancellationToken) => Task.CompletedTask;
}
