namespace VMUNet.DicomToolkit.IO.Buffer;

/// <summary>Bytes in a temporary file that goes with the buffer.</summary>
public sealed class TempFileBuffer : IByteBuffer, IFileReference
{
    private readonly FileByteBuffer _range;

    /// <summary>Writes the bytes to a new temporary file.</summary>
    public TempFileBuffer(byte[] data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Name = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(Name, data);
        _range = new FileByteBuffer(this, 0, data.Length);
    }

    /// <summary>Deletes the file.</summary>
    ~TempFileBuffer()
    {
        try
        {
            File.Delete(Name);
        }
        catch (IOException)
        {
            // A finaliser has nobody to tell; the system empties its temporary folder.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsTempFile => true;

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
