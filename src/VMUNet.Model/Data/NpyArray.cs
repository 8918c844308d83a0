using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// An array of a NumPy .npy file, or of an .npz file, which is a zip of them. Little-endian whole and real numbers, row-major or
/// column-major; objects and structures are refused. Source: numpy.lib.format, versions 1.0 to 3.0.
/// </summary>
/// <param name="Shape">Sizes, slowest axis first.</param>
/// <param name="Values">Values, last axis fastest.</param>
internal sealed partial record NpyArray(IReadOnlyList<int> Shape, float[] Values)
{
    /// <summary>Most values an array may have.</summary>
    public const long MostValues = 1L << 29;

    private const int MagicLength = 8;
    private const int LongestHeader = 1 << 16;
    private const int ChunkBytes = 1 << 16;

    /// <summary>Reads named arrays of an .npz file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">Names without .npy.</param>
    /// <exception cref="BadInputException">No zip, an array is missing, truncated, or of a type that is not read.</exception>
    public static IReadOnlyList<NpyArray> ReadZip(string path, params ReadOnlySpan<string> names)
    {
        var source = Path.GetFileName(path);
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var arrays = new List<NpyArray>();
            foreach (var name in names)
            {
                var entry = zip.GetEntry(name + ".npy") ?? throw new BadInputException(
                    $"{source} has no array '{name}'; it has {string.Join(", ", zip.Entries.Select(e => e.Name))}.");
                using var stream = entry.Open();
                arrays.Add(Read(stream, entry.Length, $"{source}, array {name}"));
            }

            return arrays;
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException($"{source} is no .npz file, or damaged: {e.Message}", e);
        }
    }

    /// <summary>Reads one array; what the header claims is held against <paramref name="length"/> before values are allocated.</summary>
    internal static NpyArray Read(Stream stream, long length, string source)
    {
        var magic = Take(stream, MagicLength, source);
        if (magic[0] != 0x93 || !magic.AsSpan(1, 5).SequenceEqual("NUMPY"u8) || magic[6] is < 1 or > 3)
        {
            throw new BadInputException($"{source} is no .npy array of version 1 to 3.");
        }

        var sizeBytes = Take(stream, magic[6] == 1 ? 2 : 4, source);
        var headerLength = magic[6] == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(sizeBytes)
            : BinaryPrimitives.ReadUInt32LittleEndian(sizeBytes);
        if (headerLength > LongestHeader)
        {
            throw new BadInputException($"{source} claims a header of {headerLength} bytes; at most {LongestHeader} are read.");
        }

        var header = Encoding.UTF8.GetString(Take(stream, (int)headerLength, source));
        var (type, isColumnMajor, shape) = Parse(header, source);
        var count = shape.Aggregate(1L, (product, size) => product > MostValues ? product : product * size);
        var element = type[1] - '0';
        var expected = magic.Length + sizeBytes.Length + headerLength + count * element;
        if (count > MostValues || expected != length)
        {
            throw new BadInputException(
                $"{source} claims {string.Join(" x ", shape)} values of {element} bytes, {expected} bytes with its header; it has {length}.");
        }

        var values = ValuesOf(stream, (int)count, type, source);
        return new NpyArray(shape, isColumnMajor ? Transposed(values, shape) : values);
    }

    private static (string Type, bool IsColumnMajor, int[] Shape) Parse(string header, string source)
    {
        var (type, order, shape) = (TypeOf().Match(header), OrderOf().Match(header), ShapeOf().Match(header));
        if (!type.Success || !order.Success || !shape.Success)
        {
            throw new BadInputException(
                $"{source} has the header {header.Trim()}; little-endian numbers with fortran_order and shape were expected.");
        }

        var parts = shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var sizes = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) || sizes[i] <= 0)
            {
                throw new BadInputException($"{source} claims the shape ({shape.Groups[1].Value}).");
            }
        }

        var code = type.Groups[1].Value;
        return (code == "b1" ? "u1" : code, order.Groups[1].Value == "True", sizes);
    }

    private static float[] ValuesOf(Stream stream, int count, string type, string source)
    {
        var values = new float[count];
        var element = type[1] - '0';
        var buffer = new byte[ChunkBytes];
        for (var done = 0; done < count;)
        {
            var take = Math.Min(count - done, buffer.Length / element);
            var bytes = buffer.AsSpan(0, take * element);
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            {
                throw new BadInputException($"{source} ends after {done} of {count} values.");
            }

            for (var i = 0; i < take; i++)
            {
                values[done + i] = One(bytes[(i * element)..], type);
            }

            done += take;
        }

        return values;
    }

    private static float One(ReadOnlySpan<byte> bytes, string type) => type switch
    {
        "f4" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        "f8" => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        "f2" => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        "u1" => bytes[0],
        "i1" => (sbyte)bytes[0],
        "u2" => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        "i2" => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "u4" => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        "i4" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "u8" => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
    };

    // First axis fastest to last axis fastest.
    private static float[] Transposed(float[] values, int[] shape)
    {
        var result = new float[values.Length];
        var index = new int[shape.Length];
        foreach (var value in values)
        {
            var at = 0;
            for (var axis = 0; axis < shape.Length; axis++)
            {
                at = at * shape[axis] + index[axis];
            }

            result[at] = value;
            for (var axis = 0; axis < shape.Length && ++index[axis] == shape[axis]; axis++)
            {
                index[axis] = 0;
            }
        }

        return result;
    }

    private static byte[] Take(Stream stream, int count, string source)
    {
        var bytes = new byte[count];
        return stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false) == count
            ? bytes
            : throw new BadInputException($"{source} ends within its header.");
    }

    [GeneratedRegex(@"'descr':\s*'[<|=]?([fiu][1248]|b1)'")]
    private static partial Regex TypeOf();

    [GeneratedRegex(@"'fortran_order':\s*(True|False)")]
    private static partial Regex OrderOf();

    [GeneratedRegex(@"'shape':\s*\(([0-9, ]*)\)")]
    private static partial Regex ShapeOf();
}
