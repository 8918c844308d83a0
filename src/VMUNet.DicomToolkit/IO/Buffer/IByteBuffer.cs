namespace VMUNet.DicomToolkit.IO.Buffer;

/// <summary>Bytes of a value, in memory or elsewhere.</summary>
public interface IByteBuffer
{
    /// <summary>The bytes lie in memory.</summary>
    bool IsMemory { get; }

    /// <summary>Number of bytes.</summary>
    long Size { get; }

    /// <summary>All bytes; of a buffer elsewhere a new array each time.</summary>
    byte[] Data { get; }

    /// <summary>Copies <paramref name="count"/> bytes from <paramref name="offset"/> to the start of
    /// <paramref name="output"/>.</summary>
    void GetByteRange(long offset, int count, byte[] output);

    /// <summary>Copies all bytes to a stream.</summary>
    void CopyToStream(Stream stream);

    /// <summary>Copies all bytes to a stream.</summary>
    Task CopyToStreamAsync(Stream stream, CancellationToken cancellationToken);
}
