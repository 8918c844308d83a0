using System.Buffers.Binary;

namespace VMUNet.Imaging.Tests;

/// <summary>NIfTI-1 files written byte by byte after nifti1.h, independent of the code under test.</summary>
internal static class NiftiBytes
{
    internal static byte[] Make(
        short dataType, bool isBigEndian, short columns, short rows, short slices, double[] values, float slope = 1, float intercept = 0)
    {
        var header = new byte[352];
        Put(0, BitConverter.GetBytes(348));
        foreach (var (at, value) in new[] { (40, (short)3), (42, columns), (44, rows), (46, slices), (48, (short)1), (70, dataType), (254, (short)1) })
        {
            Put(at, BitConverter.GetBytes(value));
        }

        var reals = new[]
        {
            (76, 1f), (80, 2f), (84, 3f), (88, 4f), (108, 352f), (112, slope), (116, intercept),
            (280, 2f), (292, 10f), (300, 3f), (308, 20f), (320, 4f), (324, 30f),
        };
        foreach (var (at, value) in reals)
        {
            Put(at, BitConverter.GetBytes(value));
        }

        header[123] = 2;
        "n+1\0"u8.CopyTo(header.AsSpan(344));
        return [.. header, .. values.SelectMany(value => Order(Encode(dataType, value)))];

        void Put(int at, byte[] bytes) => Order(bytes).CopyTo(header, at);

        byte[] Order(byte[] bytes) => isBigEndian ? [.. bytes.Reverse()] : bytes;
    }

    private static byte[] Encode(short dataType, double value)
    {
        var bytes = new byte[8];
        switch (dataType)
        {
            case 2: return [(byte)value];
            case 256: return [(byte)(sbyte)value];
            case 4: return BitConverter.GetBytes((short)value);
            case 512: return BitConverter.GetBytes((ushort)value);
            case 8: return BitConverter.GetBytes((int)value);
            case 768: return BitConverter.GetBytes((uint)value);
            case 16: return BitConverter.GetBytes((float)value);
            case 64: return BitConverter.GetBytes(value);
            case 1024: return BitConverter.GetBytes((long)value);
            default: BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)value); return bytes;
        }
    }
}
