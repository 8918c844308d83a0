using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>The text of selective_scan.cu as the compiler gets it.</summary>
internal static class KernelSource
{
    /// <summary>Threads of a block; one channel each.</summary>
    public const int Block = 64;

    /// <summary>Steps between two checkpoints.</summary>
    public const int Chunk = 16;

    /// <summary>Largest rank and number of states whose shared memory fits 48 KB, which every device has.</summary>
    public const int MaxRank = 128, MaxStates = 32;

    /// <summary>Name of the file, in the assembly and in the compiler's messages.</summary>
    public const string FileName = "selective_scan.cu";

    private static readonly Lazy<string> Embedded = new(Read);

    /// <summary>Whether there are kernels of these sizes.</summary>
    public static bool IsSupported(int rank, int states) => rank is >= 1 and <= MaxRank && states is >= 1 and <= MaxStates;

    /// <summary>The whole text for one rank and number of states.</summary>
    public static string Text(int rank, int states) => string.Create(
        CultureInfo.InvariantCulture,
        $"#define RANK {rank}\n#define STATES {states}\n#define BLOCK {Block}\n#define CHUNK {Chunk}\n{Embedded.Value}");

    /// <summary>SHA-256 of a text, in hexadecimal digits.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Read()
    {
        using Stream stream = typeof(KernelSource).Assembly.GetManifestResourceStream(FileName)
            ?? throw new InvalidOperationException($"{FileName} is missing in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
