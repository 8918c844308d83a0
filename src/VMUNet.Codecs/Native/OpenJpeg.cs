using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VMUNet.Codecs.Native;

/// <summary>JPEG 2000 and its high-throughput blocks (ISO/IEC 15444-1, -15) by OpenJPEG 2's C interface.</summary>
internal static unsafe partial class OpenJpeg
{
    private const string Library = "libopenjp2.so.7";
    private const int RawCodestream = 0;
    private const int FileFormat = 2;

    // opj_dparameters_t is 8 kB of file names and a few numbers.
    private const int ParameterBytes = 32768;

    private static ReadOnlySpan<byte> FileSignature => [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20];

    /// <exception cref="CodecException">The frame is broken or not of the shape.</exception>
    public static byte[] Decode(byte[] data, in FrameShape shape)
    {
        fixed (byte* source = data)
        {
            var input = new Input { Data = source, Length = data.Length };
            nint codec = 0, stream = 0;
            Image* image = null;
            try
            {
                codec = CreateDecompress(data.AsSpan().StartsWith(FileSignature) ? FileFormat : RawCodestream);
                stream = OpenStream(&input);
                Setup(codec);
                Check(ReadHeader(stream, codec, &image), "its header is broken");
                Demand(image, shape);
                Check(Decode(codec, stream, image), "its data is broken");
                return Gather(image, shape);
            }
            finally
            {
                DestroyImage(image);
                DestroyCodec(codec);
                DestroyStream(stream);
            }
        }
    }

    private static void Setup(nint codec)
    {
        var parameters = stackalloc byte[ParameterBytes];
        SetDefaultParameters(parameters);
        Check(SetupDecoder(codec, parameters), "the decoder could not be set up");
    }

    private static nint OpenStream(Input* input)
    {
        var stream = CreateStream(1);
        SetRead(stream, &Input.Read);
        SetSkip(stream, &Input.Skip);
        SetSeek(stream, &Input.Seek);
        SetUserData(stream, input, null);
        SetUserDataLength(stream, (ulong)input->Length);
        return stream;
    }

    /// <summary>Compares before anything of the image's size is allocated.</summary>
    private static void Demand(Image* image, in FrameShape shape)
    {
        var isSame = image->Count == shape.SamplesPerPixel;
        for (var k = 0; isSame && k < image->Count; k++)
        {
            var c = image->Components[k];
            isSame = c.Dx == 1 && c.Dy == 1 && c.Precision >= 1 && c.Precision <= 8 * shape.BytesAllocated
                && image->X1 - image->X0 == shape.Columns && image->Y1 - image->Y0 == shape.Rows;
        }

        if (!isSame)
        {
            throw new CodecException(
                $"A JPEG 2000 frame is {image->Y1 - image->Y0} x {image->X1 - image->X0} x {image->Count}; the data "
                + $"set says {shape.Rows} x {shape.Columns} x {shape.SamplesPerPixel} of {shape.BitsAllocated} bits.");
        }
    }

    private static byte[] Gather(Image* image, in FrameShape shape)
    {
        var frame = new byte[shape.ByteCount];
        var count = shape.Rows * shape.Columns;
        for (var k = 0; k < shape.SamplesPerPixel; k++)
        {
            var c = image->Components[k];
            if (c.Data is null || c.Width != shape.Columns || c.Height != shape.Rows)
            {
                throw new CodecException("A JPEG 2000 frame cannot be decoded: a component is missing.");
            }

            for (var i = 0; i < count; i++)
            {
                SampleLayout.Put(frame, (i * shape.SamplesPerPixel) + k, c.Data[i], shape);
            }
        }

        return frame;
    }

    private static void Check(int isDone, string what)
    {
        if (isDone == 0)
        {
            throw new CodecException($"A JPEG 2000 frame cannot be decoded: {what}.");
        }
    }

    [LibraryImport(Library, EntryPoint = "opj_create_decompress")]
    private static partial nint CreateDecompress(int format);

    [LibraryImport(Library, EntryPoint = "opj_destroy_codec")]
    private static partial void DestroyCodec(nint codec);

    [LibraryImport(Library, EntryPoint = "opj_set_default_decoder_parameters")]
    private static partial void SetDefaultParameters(byte* parameters);

    [LibraryImport(Library, EntryPoint = "opj_setup_decoder")]
    private static partial int SetupDecoder(nint codec, byte* parameters);

    [LibraryImport(Library, EntryPoint = "opj_stream_default_create")]
    private static partial nint CreateStream(int isInput);

    [LibraryImport(Library, EntryPoint = "opj_stream_destroy")]
    private static partial void DestroyStream(nint stream);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_read_function")]
    private static partial void SetRead(nint stream, delegate* unmanaged<byte*, nuint, Input*, nuint> read);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_skip_function")]
    private static partial void SetSkip(nint stream, delegate* unmanaged<long, Input*, long> skip);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_seek_function")]
    private static partial void SetSeek(nint stream, delegate* unmanaged<long, Input*, int> seek);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_user_data")]
    private static partial void SetUserData(nint stream, Input* data, void* free);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_user_data_length")]
    private static partial void SetUserDataLength(nint stream, ulong length);

    [LibraryImport(Library, EntryPoint = "opj_read_header")]
    private static partial int ReadHeader(nint stream, nint codec, Image** image);

    [LibraryImport(Library, EntryPoint = "opj_decode")]
    private static partial int Decode(nint codec, nint stream, Image* image);

    [LibraryImport(Library, EntryPoint = "opj_image_destroy")]
    private static partial void DestroyImage(Image* image);

    /// <summary>The bytes, read by the library's callbacks.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Input
    {
        public byte* Data;
        public long Length;
        public long Position;

        [UnmanagedCallersOnly]
        public static nuint Read(byte* target, nuint count, Input* input)
        {
            var size = Math.Min((long)count, input->Length - input->Position);
            if (size <= 0)
            {
                return nuint.MaxValue; // the end
            }

            Unsafe.CopyBlockUnaligned(target, input->Data + input->Position, (uint)size);
            input->Position += size;
            return (nuint)size;
        }

        [UnmanagedCallersOnly]
        public static long Skip(long count, Input* input)
        {
            var to = Math.Clamp(input->Position + count, 0, input->Length);
            (var moved, input->Position) = (to - input->Position, to);
            return moved == 0 && count != 0 ? -1 : moved;
        }

        [UnmanagedCallersOnly]
        public static int Seek(long position, Input* input)
        {
            if (position < 0 || position > input->Length)
            {
                return 0;
            }

            input->Position = position;
            return 1;
        }
    }

    /// <summary>opj_image_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Image
    {
        public uint X0;
        public uint Y0;
        public uint X1;
        public uint Y1;
        public uint Count;
        public int ColourSpace;
        public Component* Components;
    }

    /// <summary>opj_image_comp_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Component
    {
        public uint Dx;
        public uint Dy;
        public uint Width;
        public uint Height;
        public uint X0;
        public uint Y0;
        public uint Precision;
        public uint BitsPerPixel;
        public uint IsSigned;
        public uint Resolutions;
        public uint Factor;
        public int* Data;
        public ushort Alpha;
    }
}
