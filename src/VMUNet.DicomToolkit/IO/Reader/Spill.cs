namespace VMUNet.DicomToolkit.IO.Reader;

/// <summary>All bytes of a stream that cannot be sought in: in memory while few, else in a temporary file.</summary>
internal sealed class Spill : IDisposable
{
    private const int MemoryLimit = 32 << 20;

    private Spill(Stream stream, IFileReference? file) => (Stream, File) = (stream, file);

    /// <summary>The bytes, at their start.</summary>
    public Stream Stream { get; }

    /// <summary>The temporary file; null when the bytes lie in memory.</summary>
    public IFileReference? File { get; }

    /// <exception cref="DicomDataException">More bytes come than <paramref name="limit"/>.</exception>
    public static Spill Of(Stream source, long limit)
    {
        Stream target = new MemoryStream();
        TempFile? file = null;
        var chunk = new byte[64 * 1024];
        for (int count; (count = source.Read(chunk)) > 0;)
        {
            if (target.Length + count > limit)
            {
                target.Dispose();
                throw new DicomDataException(
                    $"The data set is larger than {limit} bytes, the most that its input may give.");
            }

            if (file is null && target.Length + count > MemoryLimit)
            {
                file = new TempFile();
                var onDisk = new FileStream(file.Name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
                ((MemoryStream)target).WriteTo(onDisk);
                target.Dispose();
                target = onDisk;
            }

            target.Write(chunk, 0, count);
        }

        target.Flush();
        target.Position = 0;
        return new Spill(target, file);
    }

    public void Dispose() => Stream.Dispose();
}
