using System.Runtime.InteropServices;

namespace VMUNet.Codecs.Native;

/// <summary>JPEG-LS (ISO/IEC 14495-1) by CharLS 2's C interface.</summary>
internal static partial class CharLs
{
    private const string Library = "libcharls.so.2";
    private const int PlaneByPlane = 0;

    private static ReadOnlySpan<byte> EndOfImage => [0xFF, 0xD9];

    /// <exception cref="CodecException">The frame is broken or not of the shape.</exception>
    public static unsafe byte[] Decode(byte[] data, in FrameShape shape)
    {
        data = WithEnd(data);
        var decoder = Create();
        try
        {
            fixed (byte* source = data)
            {
                Check(SetSource(decoder, source, (nuint)data.Length));
                Check(ReadHeader(decoder));
                Check(GetFrameInfo(decoder, out var info));
                Demand(info, shape);
                Check(GetInterleaveMode(decoder, out var mode));
                var width = info.BitsPerSample > 8 ? 2 : 1;
                var samples = new byte[checked(shape.Rows * shape.Columns * shape.SamplesPerPixel * width)];
                fixed (byte* target = samples)
                {
                    Check(DecodeToBuffer(decoder, target, (nuint)samples.Length, 0));
                }

                return SampleLayout.ToFrame(samples, width, mode == PlaneByPlane, info.BitsPerSample, shape);
            }
        }
        finally
        {
            Destroy(decoder);
        }
    }

    /// <summary>The frame with an end marker: without one CharLS reads zero bits for a long time behind the end (measured:
    /// 10 s for 16 pixels).</summary>
    internal static byte[] WithEnd(byte[] data) =>
        data.AsSpan().TrimEnd((byte)0).EndsWith(EndOfImage) ? data : [.. data, .. EndOfImage];

    private static void Demand(in FrameInfo info, in FrameShape shape)
    {
        if (info.Height != shape.Rows || info.Width != shape.Columns || info.Components != shape.SamplesPerPixel ||
            info.BitsPerSample is < 2 or > 16 || info.BitsPerSample > 8 * shape.BytesAllocated)
        {
            throw new CodecException(
                $"A JPEG-LS frame is {info.Height} x {info.Width} x {info.Components} of {info.BitsPerSample} "
                + $"bits; the data set says {shape.Rows} x {shape.Columns} x {shape.SamplesPerPixel} of "
                + $"{shape.BitsAllocated} allocated.");
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new CodecException(
                $"A JPEG-LS frame cannot be decoded: {Marshal.PtrToStringUTF8(GetErrorMessage(error))}.");
        }
    }

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_create")]
    private static partial nint Create();

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_destroy")]
    private static partial void Destroy(nint decoder);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_set_source_buffer")]
    private static unsafe partial int SetSource(nint decoder, byte* source, nuint size);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_read_header")]
    private static partial int ReadHeader(nint decoder);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_get_frame_info")]
    private static partial int GetFrameInfo(nint decoder, out FrameInfo info);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_get_interleave_mode")]
    private static partial int GetInterleaveMode(nint decoder, out int mode);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_decode_to_buffer")]
    private static unsafe partial int DecodeToBuffer(nint decoder, byte* target, nuint size, uint stride);

    [LibraryImport(Library, EntryPoint = "charls_get_error_message")]
    private static partial nint GetErrorMessage(int error);

    [StructLayout(LayoutKind.Sequential)]
    private struct FrameInfo
    {
        public uint Width;
        public uint Height;
        public int BitsPerSample;
        public int Components;
    }
}
