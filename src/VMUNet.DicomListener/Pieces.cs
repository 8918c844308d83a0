using System.Buffers;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>A data set piece by piece: from the network without a copy, from any other stream through a buffer.</summary>
internal sealed class Pieces(Stream dataSet) : IDisposable
{
    private readonly byte[] _buffer = dataSet is DataSetStream ? [] : ArrayPool<byte>.Shared.Rent(131_072);

    /// <summary>The next bytes, valid until the next call; empty at the end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken ct) => dataSet is DataSetStream arriving
        ? await arriving.NextAsync(ct)
        : _buffer.AsMemory(0, await dataSet.ReadAsync(_buffer, ct));

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
