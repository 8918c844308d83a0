using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VMUNet.Dicom;

/// <summary>
/// SHA-256 over what a result depends on: size, decoded pixels in position order and, for slices, where they lie. A header that moves or
/// rescales the slices makes another result; one that corrects a name does not.
/// </summary>
internal sealed class PixelDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public PixelDigest(int slices, int rows, int columns)
    {
        Span<byte> size = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(size, slices);
        BinaryPrimitives.WriteInt32LittleEndian(size[4..], rows);
        BinaryPrimitives.WriteInt32LittleEndian(size[8..], columns);
        _hash.AppendData(size);
    }

    /// <summary>Adds the physical values of a slice.</summary>
    public void Append(ReadOnlySpan<float> values) => _hash.AppendData(MemoryMarshal.AsBytes(values));

    /// <summary>Adds a slice's position (mm), orientation cosines and pixel spacing (mm).</summary>
    public void Append(double[] position, double[] orientation, double[] spacing)
    {
        Append(position);
        Append(orientation);
        Append(spacing);
    }

    /// <summary>Adds the bytes of a picture.</summary>
    public void Append(ReadOnlySpan<byte> values) => _hash.AppendData(values);

    /// <summary>The digest, lower-case hex.</summary>
    public string ToHex() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    private void Append(double[] values) => _hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));

    public void Dispose() => _hash.Dispose();
}
