using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace VMUNet.Model.Tests;

/// <summary>Writes PyTorch files byte by byte, right and wrong ones.</summary>
internal sealed class TorchFileWriter
{
    private readonly List<byte> _pickle = [0x80, 2];

    /// <summary>Entries beside data.pkl.</summary>
    public Dictionary<string, byte[]> Entries { get; } = [];

    /// <summary>Raw opcodes.</summary>
    public TorchFileWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _pickle.AddRange(bytes);
        return this;
    }

    /// <summary>An opcode with ASCII arguments, as protocol 0 writes names.</summary>
    public TorchFileWriter Raw(string ascii) => Raw(Encoding.ASCII.GetBytes(ascii));

    public TorchFileWriter Text(string text)
    {
        Raw((byte)'X');
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        return Raw(length).Raw(text);
    }

    public TorchFileWriter Integer(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8a, 8).Raw(bytes);
    }

    /// <summary>A tensor as torch.save writes it: a view of a float32 storage.</summary>
    public TorchFileWriter Tensor(string key, long count, long offset, long[] shape, long[] strides, string type = "FloatStorage")
    {
        Raw("ctorch._utils\n_rebuild_tensor_v2\n((").Text("storage").Raw($"ctorch\n{type}\n").Text(key).Text("cpu").Integer(count);
        return Raw("tQ").Integer(offset).Tuple(shape).Tuple(strides).Raw(0x89).Raw("ccollections\nOrderedDict\n)RtR");
    }

    /// <summary>Float32 numbers of a storage.</summary>
    public TorchFileWriter Numbers(string key, params float[] numbers)
    {
        var bytes = new byte[numbers.Length * sizeof(float)];
        Buffer.BlockCopy(numbers, 0, bytes, 0, bytes.Length);
        Entries[$"data/{key}"] = bytes;
        return this;
    }

    /// <summary>Starts the dictionary; <see cref="Write"/> ends it.</summary>
    public TorchFileWriter Dictionary() => Raw("}(");

    /// <summary>Ends the dictionary and the pickle and writes the archive.</summary>
    public void Write(string path, CompressionLevel level = CompressionLevel.NoCompression)
    {
        Raw("u.");
        WriteArchive(path, level);
    }

    /// <summary>Writes the archive with the pickle as it is.</summary>
    public void WriteArchive(string path, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Entries["data.pkl"] = [.. _pickle];
        foreach ((string name, byte[] bytes) in Entries)
        {
            using Stream stream = zip.CreateEntry("archive/" + name, level).Open();
            stream.Write(bytes);
        }
    }

    private TorchFileWriter Tuple(long[] values)
    {
        Raw("(");
        foreach (long value in values)
        {
            Integer(value);
        }

        return Raw("t");
    }
}
