namespace VMUNet.DicomToolkit.IO.Buffer;

/// <summary>A range of a file, read when asked for: the file must stay where it is, unchanged,
/// while the buffer lives.</summary>
public sealed class FileByteBuffer : IByteBuffer
{
    private const int CopySize = 128 * 1024;

    /// <summary>The range of <paramref name="length"/> bytes from <paramref name="position"/>.</summary>
    public FileByteBuffer(IFileReference file, long position, long length)
    {
        ArgumentNullException.ThrowIfNull(file);
        (File, Position, Size) = (file, position, length);
    }

    /// <summary>The file.</summary>
    public IFileReference File { get; }

    /// <summary>Offset of the first byte in the file.</summary>
    public long Position { get; }

    /// <inheritdoc/>
    public bool IsMemory => false;

    /// <inheritdoc/>
    public long Size { get; }

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
        using var stream = OpenAtStart();
        stream.Position += offset;
        stream.ReadExactly(output, 0, count);
    }

    /// <inheritdoc/>
    public void CopyToStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var source = OpenAtStart();
        var chunk = new byte[(int)Math.Min(CopySize, Size)];
        for (var left = Size; left > 0;)
        {
            var part = chunk.AsSpan(0, (int)Math.Min(left, chunk.Length));
            source.ReadExactly(part);
            stream.Write(part);
            left -= part.Length;
        }
    }

    /// <inheritdoc/>
    public async Task CopyToStreamAsync(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        await using var source = OpenAtStart();
        var chunk = new byte[(int)Math.Min(CopySize, Size)];
        for (var left = Size; left > 0;)
        {
            var part = chunk.AsMemory(0, (int)Math.Min(left, chunk.Length));
            await source.ReadExactlyAsync(part, cancellationToken);
            await stream.WriteAsync(part, cancellationToken);
            left -= part.Length;
        }
    }

    private FileStream OpenAtStart() =>
        new(File.Name, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1) { Position = Position };
}
