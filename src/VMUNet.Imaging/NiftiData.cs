using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace VMUNet.Imaging;

/// <summary>An opened NIfTI file: a judged header, then the voxels as numbers in file order, chunk by chunk.</summary>
internal sealed class NiftiData : IDisposable
{
    // Deflate cannot expand more than about 1032 : 1 (RFC 1951: 258 bytes from 2 bits).
    private const long LargestExpansion = 1032;
    private const int ChunkVoxels = 1 << 16;

    private readonly Stream _stream;

    private NiftiData(Stream stream, NiftiHeader header, string name)
    {
        _stream = stream;
        Header = header;
        Name = name;
    }

    /// <summary>Receives unscaled values and the index of the first of them.</summary>
    internal delegate void Sink(ReadOnlySpan<double> values, int at);

    internal NiftiHeader Header { get; }

    internal string Name { get; }

    internal static NiftiData Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            throw new BadInputException($"{name}: there is no such file. Give the path of a .nii or .nii.gz file.");
        }

        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var stream = (Stream)file;
        try
        {
            var isCompressed = IsGzip(file);
            stream = isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file;
            var bytes = new byte[NiftiHeader.HeaderSize];
            if (ReadAtMost(stream, bytes, name) < bytes.Length)
            {
                throw new BadInputException($"{name}: the file ends within its {bytes.Length}-byte header; it is no NIfTI file or was cut off.");
            }

            var header = NiftiHeader.Parse(bytes, name);
            JudgeLength(file, path, isCompressed, header, name);
            Skip(stream, header.VoxelOffset - bytes.Length, name);
            return new NiftiData(stream, header, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    internal void ReadVoxels(Sink sink)
    {
        var size = Header.BytesPerVoxel;
        var total = (int)Header.Geometry.VoxelCount;
        var bytes = ArrayPool<byte>.Shared.Rent(ChunkVoxels * size);
        var values = ArrayPool<double>.Shared.Rent(ChunkVoxels);
        try
        {
            for (var at = 0; at < total;)
            {
                var count = Math.Min(ChunkVoxels, total - at);
                var chunk = bytes.AsSpan(0, count * size);
                if (ReadAtMost(_stream, chunk, Name) < chunk.Length)
                {
                    throw TooShort(Name, Header, null);
                }

                Convert(chunk, values.AsSpan(0, count));
                sink(values.AsSpan(0, count), at);
                at += count;
            }

            if (_stream.ReadByte() >= 0)
            {
                throw new BadInputException(
                    $"{Name}: the header says {Header.DataBytes} bytes of voxels but the file holds more; its size cannot be trusted.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<double>.Shared.Return(values);
        }
    }

    public void Dispose() => _stream.Dispose();

    private static bool IsGzip(FileStream file)
    {
        var first = file.ReadByte();
        var second = file.ReadByte();
        file.Position = 0;
        return first == 0x1F && second == 0x8B;
    }

    private static void JudgeLength(FileStream file, string path, bool isCompressed, NiftiHeader header, string name)
    {
        var expected = header.VoxelOffset + header.DataBytes;
        if (!isCompressed)
        {
            if (file.Length != expected)
            {
                throw TooShort(name, header, file.Length);
            }

            return;
        }

        // The last four bytes hold the unpacked length modulo 2^32; if they disagree, count without keeping anything.
        if (expected > file.Length * LargestExpansion || (UnpackedLengthField(path) != (uint)expected && Count(path, expected, name) < expected))
        {
            throw TooShort(name, header, null);
        }
    }

    private static BadInputException TooShort(string name, NiftiHeader header, long? fileBytes)
    {
        var came = fileBytes is { } bytes ? $"the file has {bytes - header.VoxelOffset}" : "the file does not hold them";
        return new BadInputException(
            $"{name}: the header says {header.Columns} x {header.Rows} x {header.Slices} voxels, {header.DataBytes} bytes, but {came}. "
            + "The file was cut off or its header is wrong; export it again.");
    }

    private static uint UnpackedLengthField(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length < 4)
        {
            return 0;
        }

        file.Seek(-4, SeekOrigin.End);
        Span<byte> field = stackalloc byte[4];
        file.ReadExactly(field);
        return BinaryPrimitives.ReadUInt32LittleEndian(field);
    }

    private static long Count(string path, long atMost, string name)
    {
        using var unpacked = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        long count = 0;
        while (count < atMost && ReadAtMost(unpacked, buffer, name) is > 0 and var read)
        {
            count += read;
        }

        return count;
    }

    private static void Skip(Stream stream, long count, string name)
    {
        var buffer = new byte[4096];
        while (count > 0)
        {
            var read = ReadAtMost(stream, buffer.AsSpan(0, (int)Math.Min(count, buffer.Length)), name);
            if (read == 0)
            {
                throw new BadInputException($"{name}: the file ends before its voxels begin; it was cut off.");
            }

            count -= read;
        }
    }

    private static int ReadAtMost(Stream stream, Span<byte> buffer, string name)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException damaged)
        {
            throw new BadInputException($"{name}: the compressed data is damaged; export or copy the file again.", damaged);
        }
    }

    // The bytes are reversed in place when the file is big-endian.
    private void Convert(Span<byte> bytes, Span<double> values)
    {
        var size = Header.BytesPerVoxel;
        for (var i = 0; i < values.Length; i++)
        {
            var value = bytes.Slice(i * size, size);
            if (Header.IsBigEndian)
            {
                value.Reverse();
            }

            values[i] = Header.DataType switch
            {
                2 => value[0],
                256 => (sbyte)value[0],
                4 => BinaryPrimitives.ReadInt16LittleEndian(value),
                512 => BinaryPrimitives.ReadUInt16LittleEndian(value),
                8 => BinaryPrimitives.ReadInt32LittleEndian(value),
                768 => BinaryPrimitives.ReadUInt32LittleEndian(value),
                1024 => BinaryPrimitives.ReadInt64LittleEndian(value),
                1280 => BinaryPrimitives.ReadUInt64LittleEndian(value),
                16 => BinaryPrimitives.ReadSingleLittleEndian(value),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(value),
            };
        }
    }
}
