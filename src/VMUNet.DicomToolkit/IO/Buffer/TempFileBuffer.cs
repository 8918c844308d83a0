namespace VMUNet.DicomToolkit.IO.Buffer;

/// <summary>Bytes in a temporary file that goes with the buffer.</summary>
public sealed class TempFileBuffer : IByteBuffer
{
    private readonly FileByteBuffer _range;

    /// <summary>Writes the bytes to a new temporary file.</summary>
    public TempFileBuffer(byte[] data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var file = new TempFile();
        File.WriteAllBytes(file.Name, data);
        _range = new FileByteBuffer(file, 0, data.Length);
    }

    /// <inheritdoc/>
    public bool IsMemory => false;

    /// <inheritdoc/>
    public long Size => _range.Size;

    /// <inheritdoc/>
    public byte[] Data => _range.Data;

    /// <inheritdoc/>
    public void GetByteRange(long offset, int count, byte[] output) => _range.GetByteRange(offset, count, output);

    /// <inheritdoc/>
    public void CopyToStream(Stream stream) => _range.CopyToStream(stream);

    /// <inheritdoc/>
    public Task CopyToStreamAsync(Stream stream, CancellationToken cancellationToken) =>
        _range.CopyToStreamAsync(stream, cancellationToken);
}
