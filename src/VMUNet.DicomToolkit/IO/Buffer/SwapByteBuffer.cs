namespace VMUNet.DicomToolkit.IO.Buffer;

/// <summary>Words of a big endian value, handed out little endian.</summary>
internal sealed class SwapByteBuffer(IByteBuffer inner, int unit) : IByteBuffer
{
    public bool IsMemory => inner.IsMemory;

    public long Size => inner.Size;

    public byte[] Data
    {
        get
        {
            var data = (byte[])inner.Data.Clone();
            Swap(data, unit);
            return data;
        }
    }

    public static IByteBuffer Wrap(IByteBuffer buffer, int unit) =>
        unit == 1 || buffer.Size == 0 ? buffer
        : buffer.IsMemory ? new MemoryByteBuffer(new SwapByteBuffer(buffer, unit).Data)
        : new SwapByteBuffer(buffer, unit);

    public void GetByteRange(long offset, int count, byte[] output)
    {
        var first = offset - offset % unit;
        var last = Math.Min(Size, (offset + count + unit - 1) / unit * unit);
        var whole = new byte[last - first];
        inner.GetByteRange(first, whole.Length, whole);
        Swap(whole, unit);
        whole.AsSpan((int)(offset - first), count).CopyTo(output);
    }

    public void CopyToStream(Stream stream) => stream.Write(Data);

    public Task CopyToStreamAsync(Stream stream, CancellationToken cancellationToken) =>
        stream.WriteAsync(Data, cancellationToken).AsTask();

    private static void Swap(byte[] data, int unit)
    {
        for (var i = 0; i + unit <= data.Length; i += unit)
        {
            data.AsSpan(i, unit).Reverse();
        }
    }
}
