using System.Runtime.InteropServices;
using VMUNet.Codecs.Native;
using VMUNet.Codecs.Worker;

namespace VMUNet.Codecs;

/// <summary>The decoding process: reads requests from standard input until it ends, answers on standard
/// output.</summary>
internal static partial class Program
{
    private const int CoreLimit = 4;
    private const int DataLimit = 2;
    private const ulong MaxDataBytes = 3UL << 30;

    public static int Main()
    {
        // A frame that makes the libraries ask for more gets a refused allocation; one that ends us leaves no core
        // file.
        SetLimit(DataLimit, MaxDataBytes);
        SetLimit(CoreLimit, 0);
        NativeLoader.Register();
        using var reader = new BinaryReader(Console.OpenStandardInput());
        using var writer = new BinaryWriter(Console.OpenStandardOutput());
        try
        {
            while (true)
            {
                var (syntax, stored, shape) = FrameMessage.ReadRequest(reader);
                Answer(writer, syntax, stored, shape);
            }
        }
        catch (EndOfStreamException)
        {
            return 0;
        }
        catch (IOException)
        {
            return 1; // the other side is gone
        }
    }

    private static void Answer(BinaryWriter writer, string syntax, byte[] stored, in FrameShape shape)
    {
        byte[] frame;
        try
        {
            frame = FrameCodec.DecodeNative(syntax, stored, shape);
        }
        catch (Exception e) when (e is CodecException or OverflowException or OutOfMemoryException
            or DllNotFoundException or EntryPointNotFoundException)
        {
            FrameMessage.WriteRefusal(writer, e.Message);
            return;
        }

        FrameMessage.WriteFrame(writer, frame);
    }

    private static void SetLimit(int resource, ulong bytes)
    {
        var limit = new Limit { Soft = bytes, Hard = bytes };
        _ = SetResourceLimit(resource, in limit);
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetResourceLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
