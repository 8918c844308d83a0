using System.Buffers.Binary;

namespace VMUNet.Imaging;

/// <summary>
/// The fields of a NIfTI-1 header (nifti1.h, 348 bytes) that decide what the voxels are and where they lie, judged before
/// anything of the file's claimed size is allocated.
/// </summary>
internal sealed record NiftiHeader
{
    internal const int HeaderSize = 348;
    internal const int DataOffset = 352;
    internal const short Uint8 = 2;
    internal const short Float32 = 16;

    // A CT of 3000 slices of 512 x 512 has 0.8e9 voxels; more than that is a damaged header.
    private const long VoxelLimit = 1L << 30;

    internal required bool IsBigEndian { get; init; }

    internal required int Slices { get; init; }

    internal required int Rows { get; init; }

    internal required int Columns { get; init; }

    internal required short DataType { get; init; }

    internal required long VoxelOffset { get; init; }

    internal required double Slope { get; init; }

    internal required double Intercept { get; init; }

    internal required VolumeGeometry Geometry { get; init; }

    internal required bool StatesOrientation { get; init; }

    internal int BytesPerVoxel => SizeOf(DataType);

    internal long DataBytes => (long)Slices * Rows * Columns * BytesPerVoxel;

    internal static NiftiHeader Parse(ReadOnlySpan<byte> header, string file)
    {
        var isBigEndian = JudgeEndianness(header, file);
        var fields = new Fields(header, isBigEndian);
        if (!header.Slice(344, 4).SequenceEqual("n+1\0"u8))
        {
            throw new BadInputException(
                $"{file}: expected a single-file NIfTI-1 image (magic n+1); pairs of .hdr and .img are not read. Convert it to .nii.");
        }

        var (columns, rows, slices) = ReadSize(fields, file);
        var dataType = fields.Int16(70);
        if (SizeOf(dataType) == 0)
        {
            throw new BadInputException(
                $"{file}: NIfTI data type {dataType} is not a real number type that can be read (2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280).");
        }

        var (slope, intercept) = ReadScale(fields, file);
        return new NiftiHeader
        {
            IsBigEndian = isBigEndian,
            Slices = slices,
            Rows = rows,
            Columns = columns,
            DataType = dataType,
            VoxelOffset = ReadOffset(fields, file),
            Slope = slope,
            Intercept = intercept,
            Geometry = NiftiAffine.ToGeometry(NiftiAffine.Read(fields, file), slices, rows, columns, file),
            StatesOrientation = fields.Int16(252) > 0 || fields.Int16(254) > 0,
        };
    }

    /// <summary>Bytes of one value of a NIfTI data type; 0 if the type is not supported.</summary>
    internal static int SizeOf(short dataType) => dataType switch
    {
        2 or 256 => 1,          // uint8, int8
        4 or 512 => 2,          // int16, uint16
        8 or 16 or 768 => 4,    // int32, float32, uint32
        64 or 1024 or 1280 => 8, // float64, int64, uint64
        _ => 0,
    };

    internal static byte[] Compose(VolumeGeometry geometry, short dataType)
    {
        var header = new byte[DataOffset];
        Span<byte> bytes = header;
        BinaryPrimitives.WriteInt32LittleEndian(bytes, HeaderSize);
        ReadOnlySpan<short> dimensions =
            [3, checked((short)geometry.Columns), checked((short)geometry.Rows), checked((short)geometry.Slices), 1, 1, 1, 1];
        for (var i = 0; i < dimensions.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(bytes[(40 + (2 * i))..], dimensions[i]);
        }

        BinaryPrimitives.WriteInt16LittleEndian(bytes[70..], dataType);
        BinaryPrimitives.WriteInt16LittleEndian(bytes[72..], (short)(8 * SizeOf(dataType)));
        BinaryPrimitives.WriteSingleLittleEndian(bytes[108..], DataOffset);
        BinaryPrimitives.WriteSingleLittleEndian(bytes[112..], 1); // scl_slope; scl_inter stays 0
        bytes[123] = geometry.Unit == LengthUnit.Millimetre ? (byte)2 : (byte)0; // xyzt_units: NIFTI_UNITS_MM
        NiftiAffine.Write(bytes, geometry);
        "n+1\0"u8.CopyTo(bytes[344..]);
        return header;
    }

    private static bool JudgeEndianness(ReadOnlySpan<byte> header, string file)
    {
        var size = BinaryPrimitives.ReadInt32LittleEndian(header);
        var swapped = BinaryPrimitives.ReverseEndianness(size);
        if (size == HeaderSize || swapped == HeaderSize)
        {
            return swapped == HeaderSize;
        }

        throw size == 540 || swapped == 540
            ? new BadInputException($"{file}: this is NIfTI-2; NIfTI-1 was expected. Convert it (header size 540 came, 348 was expected).")
            : new BadInputException($"{file}: not a NIfTI-1 file: the header says it is {size} bytes long, 348 was expected.");
    }

    private static (int Columns, int Rows, int Slices) ReadSize(Fields fields, string file)
    {
        var count = fields.Int16(40);
        if (count is < 2 or > 7)
        {
            throw new BadInputException($"{file}: the header claims {count} dimensions; 2 or 3 were expected.");
        }

        Span<int> size = [1, 1, 1];
        for (var i = 0; i < count; i++)
        {
            var length = fields.Int16(42 + (2 * i));
            if (length < 1)
            {
                throw new BadInputException($"{file}: the header claims {length} voxels along axis {i + 1}; at least 1 was expected.");
            }

            if (i >= 3 && length > 1)
            {
                throw new BadInputException(
                    $"{file}: the image has {length} volumes along axis {i + 1}; one volume was expected. Extract one and try again.");
            }

            size[Math.Min(i, 2)] *= i < 3 ? length : 1;
        }

        if ((long)size[0] * size[1] * size[2] > VoxelLimit)
        {
            throw new BadInputException($"{file}: {size[0]} x {size[1]} x {size[2]} voxels are more than the {VoxelLimit} that are read.");
        }

        return (size[0], size[1], size[2]);
    }

    private static (double Slope, double Intercept) ReadScale(Fields fields, string file)
    {
        var slope = fields.Single(112);
        var intercept = fields.Single(116);

        // nifti1.h: a slope of 0 means "not scaled"; some writers put NaN there.
        if (slope is 0 || float.IsNaN(slope))
        {
            return (1, 0);
        }

        if (!float.IsFinite(slope) || !float.IsFinite(intercept))
        {
            throw new BadInputException(FormattableString.Invariant(
                $"{file}: the scale {slope} and offset {intercept} of the voxel values must be finite numbers."));
        }

        return (slope, intercept);
    }

    private static long ReadOffset(Fields fields, string file)
    {
        var offset = fields.Single(108);
        if (!(offset >= HeaderSize) || offset > 1 << 28 || offset != MathF.Floor(offset))
        {
            throw new BadInputException(FormattableString.Invariant(
                $"{file}: the voxels cannot begin at byte {offset}; {DataOffset} is usual. The header is damaged."));
        }

        return (long)offset;
    }

    /// <summary>Header bytes read in the file's own byte order.</summary>
    internal readonly ref struct Fields(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        internal short Int16(int at) => isBigEndian
            ? BinaryPrimitives.ReadInt16BigEndian(_bytes[at..])
            : BinaryPrimitives.ReadInt16LittleEndian(_bytes[at..]);

        internal float Single(int at) => isBigEndian
            ? BinaryPrimitives.ReadSingleBigEndian(_bytes[at..])
            : BinaryPrimitives.ReadSingleLittleEndian(_bytes[at..]);

        internal byte Byte(int at) => _bytes[at];
    }
}
