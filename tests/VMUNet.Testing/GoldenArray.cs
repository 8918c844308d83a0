using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VMUNet.Testing;

/// <summary>Raw little-endian arrays, gzipped, in tests/goldens.</summary>
public static class GoldenArray
{
    /// <summary>Reads one and checks the hash that its list of contents states.</summary>
    /// <typeparam name="T">Element type, for example <c>float</c>.</typeparam>
    /// <param name="path">The gzipped file.</param>
    /// <param name="sha256">Lower-case hex hash of the unpacked bytes; null when none is stated.</param>
    public static T[] Read<T>(string path, string? sha256 = null)
        where T : unmanaged
    {
        using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        gzip.CopyTo(unpacked);
        var bytes = unpacked.ToArray();
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return sha256 is null || hash == sha256
            ? MemoryMarshal.Cast<byte, T>(bytes).ToArray()
            : throw new InvalidDataException($"{Path.GetFileName(path)} has hash {hash}; {sha256} was expected.");
    }
}
