using System.Buffers.Binary;
using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Physical values as 16-bit samples with one slope and intercept for the whole volume.</summary>
internal sealed record VoxelEncoding
{
    public required bool IsSigned { get; init; }

    public required bool IsIdentity { get; init; }

    public required string SlopeText { get; init; }

    public required string InterceptText { get; init; }

    private double Slope { get; init; } = 1;

    private double Intercept { get; init; }

    /// <summary>Whole numbers of the signed or unsigned range stay as they are, other values span the range.</summary>
    /// <exception cref="BadInputException">A value is not finite.</exception>
    public static VoxelEncoding Of(ReadOnlySpan<float> voxels)
    {
        float low = float.MaxValue, high = float.MinValue;
        var isWhole = true;
        foreach (var voxel in voxels)
        {
            if (!float.IsFinite(voxel))
            {
                throw new BadInputException("The volume holds values that are not finite (NaN or infinite); expected "
                    + "numbers. Replace them before dicomize");
            }
            low = Math.Min(low, voxel);
            high = Math.Max(high, voxel);
            isWhole &= MathF.Floor(voxel) == voxel;
        }
        if (isWhole && low >= short.MinValue && high <= (low < 0 ? short.MaxValue : ushort.MaxValue))
        {
            return new VoxelEncoding { IsSigned = low < 0, IsIdentity = true, SlopeText = "1", InterceptText = "0" };
        }
        // the texts are what a reader gets, so samples are made with the numbers that the texts say
        var slopeText = DicomText.ToDecimalString(high > low ? ((double)high - low) / ushort.MaxValue : 1);
        var interceptText = DicomText.ToDecimalString(low);
        return new VoxelEncoding
        {
            IsSigned = false,
            IsIdentity = false,
            SlopeText = slopeText,
            InterceptText = interceptText,
            Slope = double.Parse(slopeText, CultureInfo.InvariantCulture),
            Intercept = double.Parse(interceptText, CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Little-endian samples.</summary>
    public byte[] Encode(ReadOnlySpan<float> voxels)
    {
        var bytes = new byte[2 * voxels.Length];
        int low = IsSigned ? short.MinValue : 0;
        int high = IsSigned ? (int)short.MaxValue : ushort.MaxValue;
        for (var i = 0; i < voxels.Length; i++)
        {
            var sample = (int)Math.Clamp(Math.Round((voxels[i] - Intercept) / Slope), low, high);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)sample);
        }
        return bytes;
    }
}
