using System.Text;

namespace VMUNet.Codecs.Worker;

/// <summary>What goes between a program and its decoding process, over standard input and output.</summary>
internal static class FrameMessage
{
    private const int MaxMessage = 4096;

    public static void WriteRequest(BinaryWriter writer, string syntax, ReadOnlySpan<byte> stored, in FrameShape shape)
    {
        writer.Write(syntax);
        writer.Write(shape.Rows);
        writer.Write(shape.Columns);
        writer.Write(shape.SamplesPerPixel);
        writer.Write(shape.BitsAllocated);
        writer.Write(shape.IsSigned);
        writer.Write(stored.Length);
        writer.Write(stored);
        writer.Flush();
    }

    public static (string Syntax, byte[] Stored, FrameShape Shape) ReadRequest(BinaryReader reader)
    {
        var syntax = reader.ReadString();
        var shape = new FrameShape
        {
            Rows = reader.ReadInt32(),
            Columns = reader.ReadInt32(),
            SamplesPerPixel = reader.ReadInt32(),
            BitsAllocated = reader.ReadInt32(),
            IsSigned = reader.ReadBoolean(),
        };
        var stored = new byte[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(stored);
        return (syntax, stored, shape);
    }

    public static void WriteFrame(BinaryWriter writer, byte[] frame) => Write(writer, true, frame);

    public static void WriteRefusal(BinaryWriter writer, string message) =>
        Write(writer, false, Encoding.UTF8.GetBytes(message));

    /// <exception cref="CodecException">The frame was refused, or the answer is none.</exception>
    public static byte[] ReadAnswer(BinaryReader reader, int expected)
    {
        var isFrame = reader.ReadBoolean();
        var length = reader.ReadInt32();
        if (isFrame ? length != expected : length is < 0 or > MaxMessage)
        {
            throw new InvalidDataException($"The decoding process answered with {length} bytes.");
        }

        var answer = new byte[length];
        reader.BaseStream.ReadExactly(answer);
        return isFrame ? answer : throw new CodecException(Encoding.UTF8.GetString(answer));
    }

    private static void Write(BinaryWriter writer, bool isFrame, byte[] bytes)
    {
        writer.Write(isFrame);
        writer.Write(bytes.Length);
        writer.Write(bytes);
        writer.Flush();
    }
}
