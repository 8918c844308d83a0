using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>A file of named tensors, opened: names and shapes at once, numbers on demand.</summary>
internal abstract class TensorFile : IDisposable
{
    private static readonly byte[] ZipStart = [(byte)'P', (byte)'K', 3, 4];

    /// <summary>Name of the file without its folder, for messages.</summary>
    public abstract string Source { get; }

    /// <summary>Name of the format, for reports.</summary>
    public abstract string Format { get; }

    /// <summary>Names and shapes, held against the size of the file.</summary>
    public abstract IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <summary>Opens a PyTorch or a safetensors file; its first bytes say which it is.</summary>
    /// <exception cref="BadInputException">Missing, damaged, or neither of the two.</exception>
    public static TensorFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInputException($"There is no file {path}.");
        }

        var first = new byte[ZipStart.Length];
        using (FileStream file = File.OpenRead(path))
        {
            _ = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        }

        if (first.AsSpan().SequenceEqual(ZipStart))
        {
            return TorchFile.Open(path);
        }

        return first[0] == 0x80 && first[1] is >= 2 and <= 5
            ? throw new BadInputException(
                $"{Path.GetFileName(path)} is a PyTorch file of before version 1.6 or a bare pickle; "
                + "load it in PyTorch, save the state_dict again and try with that file.")
            : SafeTensorsFile.Open(path);
    }

    /// <summary>One tensor as float32 on the CPU; it belongs to the caller (or to its dispose scope).</summary>
    /// <exception cref="BadInputException">Its numbers cannot be read.</exception>
    public abstract Tensor Read(string name);

    /// <inheritdoc/>
    public abstract void Dispose();
}
