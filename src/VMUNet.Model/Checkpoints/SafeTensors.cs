using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>Element types that weights are stored in.</summary>
public enum StoredType
{
    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>IEEE 754 half precision: widened to single precision when read.</summary>
    F16,
}

/// <summary>A tensor of a safetensors file before it is read: where it lies and what shape it has.</summary>
/// <param name="Type">Element type in the file.</param>
/// <param name="Shape">Sizes, row-major.</param>
/// <param name="Start">First byte, from the end of the header.</param>
/// <param name="Bytes">Number of bytes.</param>
public sealed record StoredTensor(StoredType Type, long[] Shape, long Start, long Bytes);

/// <summary>What a safetensors file says before its numbers.</summary>
/// <param name="Tensors">Tensors by name.</param>
/// <param name="Metadata">Text beside them.</param>
/// <param name="DataStart">First byte of the numbers in the file.</param>
internal sealed record SafeTensorsHeader(
    Dictionary<string, StoredTensor> Tensors, Dictionary<string, string> Metadata, long DataStart);

/// <summary>
/// The safetensors format: the header's length (8 bytes, little-endian), a JSON header, the tensors' bytes. Read with
/// all sizes checked against the file before anything is allocated; nothing in it is ever executed.
/// </summary>
public static class SafeTensors
{
    private const int LengthBytes = 8;
    private const long MostHeaderBytes = 16 << 20;
    private const int MostDimensions = 8;
    private const string Metadata = "__metadata__";

    /// <summary>Reads names, shapes and places, and checks that they tile the file exactly.</summary>
    /// <exception cref="BadInputException">Damaged, or an element type other than F32 and F16.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> ReadHeader(string path)
    {
        using FileStream file = File.OpenRead(path);
        return ReadHeader(file).Tensors;
    }

    /// <summary>Reads all tensors as float32 on the CPU; they belong to the caller (or to its dispose scope).</summary>
    /// <exception cref="BadInputException">Damaged, or an element type other than F32 and F16.</exception>
    internal static Dictionary<string, Tensor> Read(string path)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (string name in file.Shapes.Keys)
            {
                tensors.Add(name, file.Read(name));
            }
        }
        catch
        {
            foreach (Tensor tensor in tensors.Values)
            {
                tensor.Dispose();
            }

            throw;
        }

        return tensors;
    }

    /// <summary>
    /// Writes tensors sorted by name. Complete or not at all: a temporary file beside it is flushed, then renamed.
    /// </summary>
    internal static void Write(
        string path,
        IEnumerable<KeyValuePair<string, Tensor>> tensors,
        StoredType type = StoredType.F32,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        KeyValuePair<string, Tensor>[] sorted = [.. tensors.OrderBy(t => t.Key, StringComparer.Ordinal)];
        byte[] header = HeaderOf(sorted, type, metadata);
        string temporary = path + ".tmp";
        using (FileStream file = File.Create(temporary))
        {
            Span<byte> length = stackalloc byte[LengthBytes];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            file.Write(length);
            file.Write(header);
            foreach ((_, Tensor tensor) in sorted)
            {
                using DisposeScope scope = NewDisposeScope();
                ScalarType scalar = type == StoredType.F16 ? ScalarType.Float16 : ScalarType.Float32;
                file.Write(tensor.detach().cpu().to(scalar).contiguous().bytes);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>SHA-256 of a file in lower-case hexadecimal.</summary>
    public static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Reads the header of a file that stands at its start.</summary>
    internal static SafeTensorsHeader ReadHeader(FileStream file)
    {
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        if (file.Length < LengthBytes)
        {
            throw Damaged(file, $"{file.Length} bytes hold no header");
        }

        file.ReadExactly(lengthBytes);
        long length = BinaryPrimitives.ReadInt64LittleEndian(lengthBytes);
        if (length is < 2 or > MostHeaderBytes || length > file.Length - LengthBytes)
        {
            throw Damaged(file, $"the header claims {length} bytes");
        }

        var text = new byte[length];
        file.ReadExactly(text);
        long dataStart = LengthBytes + length;
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            var header = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            Dictionary<string, string> metadata = json.RootElement.TryGetProperty(Metadata, out JsonElement beside)
                ? beside.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString() ?? "", StringComparer.Ordinal)
                : [];
            foreach (JsonProperty entry in json.RootElement.EnumerateObject().Where(e => e.Name != Metadata))
            {
                if (!header.TryAdd(entry.Name, Parse(entry, file)))
                {
                    throw Damaged(file, $"{entry.Name} is there twice");
                }
            }

            CheckTiling(header, file.Length - dataStart, file);
            return new SafeTensorsHeader(header, metadata, dataStart);
        }
        catch (Exception e) when (
            e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw Damaged(file, $"the header is no safetensors header ({e.Message})");
        }
    }

    /// <summary>One tensor as float32 on the CPU.</summary>
    internal static Tensor ReadTensor(FileStream file, SafeTensorsHeader header, string name)
    {
        StoredTensor stored = header.Tensors[name];
        file.Position = header.DataStart + stored.Start;
        ScalarType scalar = stored.Type == StoredType.F16 ? ScalarType.Float16 : ScalarType.Float32;
        Tensor raw = empty(stored.Shape, scalar);
        if (stored.Bytes > 0)
        {
            file.ReadExactly(raw.bytes);
        }

        if (stored.Type == StoredType.F32)
        {
            return raw;
        }

        Tensor widened = raw.to(ScalarType.Float32);
        raw.Dispose();
        return widened;
    }

    private static StoredTensor Parse(JsonProperty entry, FileStream file)
    {
        string? typeName = entry.Value.GetProperty("dtype").GetString();
        StoredType type = typeName switch
        {
            "F32" => StoredType.F32,
            "F16" => StoredType.F16,
            _ => throw Damaged(file, $"{entry.Name} has elements of type {typeName}, expected F32 or F16"),
        };
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
        if (shape.Length > MostDimensions || offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
        {
            throw Damaged(file, $"{entry.Name} has an impossible shape or place");
        }

        long bytes = offsets[1] - offsets[0];
        Int128 expected = SizeOf(type);
        foreach (long n in shape)
        {
            // Sizes of at most 31 bits, and a product that stops growing beyond the file: no overflow is possible.
            expected = n is < 0 or > int.MaxValue ? -1 : expected > bytes && n != 0 ? expected : expected * n;
            if (expected < 0)
            {
                break;
            }
        }

        return expected == bytes
            ? new StoredTensor(type, shape, offsets[0], bytes)
            : throw Damaged(file, $"{entry.Name} of shape ({string.Join(", ", shape)}) does not take {bytes} bytes");
    }

    private static void CheckTiling(Dictionary<string, StoredTensor> header, long dataBytes, FileStream file)
    {
        long next = 0;
        foreach ((string name, StoredTensor stored) in header.OrderBy(t => t.Value.Start).ThenBy(t => t.Value.Bytes))
        {
            if (stored.Start != next)
            {
                throw Damaged(file, $"{name} starts at {stored.Start}, expected {next}");
            }

            next += stored.Bytes;
        }

        if (next != dataBytes)
        {
            throw Damaged(file, $"the tensors take {next} bytes, the file has {dataBytes}");
        }
    }

    private static byte[] HeaderOf(
        KeyValuePair<string, Tensor>[] tensors, StoredType type, IReadOnlyDictionary<string, string>? metadata)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(Metadata);
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long start = 0;
            foreach ((string name, Tensor tensor) in tensors)
            {
                long end = start + (tensor.numel() * SizeOf(type));
                json.WriteStartObject(name);
                json.WriteString("dtype", type == StoredType.F16 ? "F16" : "F32");
                WriteArray(json, "shape", tensor.shape);
                WriteArray(json, "data_offsets", [start, end]);
                json.WriteEndObject();
                start = end;
            }

            json.WriteEndObject();
        }

        // Spaces at the end align the data to 8 bytes, as the format's own writer does.
        while (text.Length % LengthBytes != 0)
        {
            text.WriteByte((byte)' ');
        }

        return text.ToArray();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, ReadOnlySpan<long> values)
    {
        json.WriteStartArray(name);
        foreach (long value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static int SizeOf(StoredType type) => type == StoredType.F16 ? sizeof(short) : sizeof(float);

    private static BadInputException Damaged(FileStream file, string why) =>
        new($"{Path.GetFileName(file.Name)} is no usable safetensors file: {why}.");
}
