using System.Buffers.Binary;

namespace VMUNet.Codecs.Jpeg;

/// <summary>
/// Decoder of Huffman-coded JPEG frames (ISO/IEC 10918-1, ITU T.81): baseline, extended sequential with 8 or 12 bits,
/// and lossless with every selection value. Colours stay as they are stored; subsampled ones are widened by repetition.
/// </summary>
internal sealed class JpegDecoder
{
    // The shortest codes there are: a bit a sample when lossless, two bits a block of 64 otherwise.
    private const long SamplesPerByteLossless = 8;
    private const long SamplesPerByteSequential = 256;

    private readonly ushort[]?[] _quantisation = new ushort[4][];
    private readonly JpegHuffmanTable?[] _dc = new JpegHuffmanTable[4];
    private readonly JpegHuffmanTable?[] _ac = new JpegHuffmanTable[4];
    private JpegFrame? _frame;
    private int _restartInterval;

    /// <summary>Samples of a frame, pixel by pixel, little endian,
    /// in <see cref="FrameShape.BytesAllocated"/> bytes each.</summary>
    /// <exception cref="CodecException">The frame is broken, of another process,
    /// or not of the data set's size.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> data, in FrameShape shape)
    {
        var decoder = new JpegDecoder();
        decoder.ReadSegments(data, shape);
        return decoder._frame is not { } frame ? throw Broken("no frame")
            : Array.TrueForAll(frame.Components, c => c.IsRead) ? Gather(frame, shape.BytesAllocated)
            : throw Broken("it ends before all its components came");
    }

    private void ReadSegments(ReadOnlySpan<byte> data, in FrameShape shape)
    {
        var position = 0;
        while (position + 4 <= data.Length)
        {
            if (data[position] != 0xFF)
            {
                throw Broken("a marker is missing");
            }

            var marker = data[position + 1];
            position += marker == 0xFF ? 1 : 2;
            if (marker is 0xFF or 0xD8 or 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue;
            }

            if (marker == 0xD9)
            {
                return;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(data[position..]);
            if (length < 2 || position + length > data.Length)
            {
                throw Broken("a segment is longer than the frame");
            }

            var body = data.Slice(position + 2, length - 2);
            position += length;
            position = ReadSegment(marker, body, data, position, shape);
        }
    }

    private int ReadSegment(byte marker, ReadOnlySpan<byte> body, ReadOnlySpan<byte> data, int position,
        in FrameShape shape)
    {
        switch (marker)
        {
            case 0xC4:
                ReadHuffmanTables(body);
                break;
            case 0xDB:
                ReadQuantisationTables(body);
                break;
            case 0xDD:
                _restartInterval = BinaryPrimitives.ReadUInt16BigEndian(Need(body, 2));
                break;
            case 0xC0 or 0xC1 or 0xC3:
                ReadFrame(marker & 0xF, body, data.Length, shape);
                break;
            case >= 0xC0 and <= 0xCF and not 0xC8 and not 0xCC:
                throw Broken(
                    $"it is {NameOf(marker)}; expected a baseline, extended or lossless one with Huffman codes");
            case 0xDA:
                return ReadScan(body, data, position);
        }

        return position;
    }

    /// <summary>T.81 table B.1.</summary>
    private static string NameOf(byte marker) => marker switch
    {
        0xC2 => "progressive",
        0xC5 or 0xC6 or 0xC7 => "hierarchical",
        0xCA => "progressive with arithmetic codes",
        _ => "of a process with arithmetic codes",
    };

    private void ReadFrame(int process, ReadOnlySpan<byte> body, int size, in FrameShape shape)
    {
        int count = Need(body, 6)[5];
        var (precision, rows, columns) = (body[0], (int)BinaryPrimitives.ReadUInt16BigEndian(body[1..]),
            (int)BinaryPrimitives.ReadUInt16BigEndian(body[3..]));
        Need(body, 6 + 3 * count);
        if (_frame is not null || rows != shape.Rows || columns != shape.Columns || count != shape.SamplesPerPixel)
        {
            throw Broken($"it is {rows} x {columns} x {count}; the data set says {shape.Rows} x {shape.Columns} x " +
                $"{shape.SamplesPerPixel}");
        }

        if (precision < 2 || precision > shape.BitsAllocated || precision > (process == 3 ? 16 : 12))
        {
            throw Broken($"samples of {precision} bits do not fit {shape.BitsAllocated} allocated ones");
        }

        var components = new JpegComponent[count];
        for (var i = 0; i < count; i++)
        {
            var entry = body[(6 + 3 * i)..];
            components[i] = new JpegComponent(entry[0], entry[1] >> 4, entry[1] & 0xF, entry[2] & 3);
            if (components[i] is not { H: >= 1 and <= 4, V: >= 1 and <= 4 } || (count == 1 || process == 3)
                && entry[1] != 0x11)
            {
                // One component has no other to be sampled against; DICOM has no subsampled lossless frames.
                components[i] = count == 1 ? new JpegComponent(entry[0], 1, 1, entry[2] & 3)
                    : throw Broken("its sampling factors are not legal");
            }
        }

        _frame = new JpegFrame(process, precision, rows, columns, components);
        if (_frame.CodedSamples > size * (_frame.IsLossless ? SamplesPerByteLossless : SamplesPerByteSequential))
        {
            throw Broken("it is too short for its size");
        }

        foreach (var component in components)
        {
            component.Allocate(_frame);
        }
    }

    private int ReadScan(ReadOnlySpan<byte> body, ReadOnlySpan<byte> data, int position)
    {
        var frame = _frame ?? throw Broken("a scan before the frame header");
        int count = Need(body, 1)[0];
        Need(body, 4 + 2 * count);
        if (count < 1 || count > frame.Components.Length)
        {
            throw Broken($"a scan has {count} components of {frame.Components.Length}");
        }

        var components = new JpegComponent[count];
        for (var i = 0; i < count; i++)
        {
            var id = body[1 + 2 * i];
            components[i] = Array.Find(frame.Components, c => c.Id == id) ?? throw Broken("a scan of no component");
            components[i].IsRead = true;
            components[i].Dc = _dc[(body[2 + 2 * i] >> 4) & 3];
            components[i].Ac = _ac[body[2 + 2 * i] & 3];
        }

        var (selection, low) = (body[1 + 2 * count], body[3 + 2 * count] & 0xF);
        return frame.IsLossless
            ? JpegLosslessScan.Read(frame, components, data, position, selection, low, _restartInterval)
            : JpegSequentialScan.Read(frame, components, data, position, _quantisation, _restartInterval);
    }

    private void ReadHuffmanTables(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var counts = Need(body, 17).Slice(1, 16);
            var total = 0;
            foreach (var count in counts)
            {
                total += count;
            }

            var table = new JpegHuffmanTable(counts, Need(body, 17 + total).Slice(17, total));
            (body[0] >> 4 == 0 ? _dc : _ac)[body[0] & 3] = table;
            body = body[(17 + total)..];
        }
    }

    private void ReadQuantisationTables(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var size = body[0] >> 4 == 0 ? 1 : 2;
            var entries = Need(body, 1 + 64 * size)[1..];
            var table = new ushort[64];
            for (var i = 0; i < 64; i++)
            {
                table[i] = size == 1 ? entries[i] : BinaryPrimitives.ReadUInt16BigEndian(entries[(2 * i)..]);
            }

            _quantisation[body[0] & 3] = table;
            body = body[(1 + 64 * size)..];
        }
    }

    private static byte[] Gather(JpegFrame frame, int width)
    {
        var samples = frame.Components.Length;
        var result = new byte[(long)frame.Rows * frame.Columns * samples * width];
        for (var k = 0; k < samples; k++)
        {
            var component = frame.Components[k];
            var (maximumH, maximumV) = (frame.MaximumH, frame.MaximumV);
            for (var row = 0; row < frame.Rows; row++)
            {
                var line = component.Samples.AsSpan(row * component.V / maximumV * component.Stride);
                var at = (row * frame.Columns * samples + k) * width;
                for (var column = 0; column < frame.Columns; column++, at += samples * width)
                {
                    var value = line[column * component.H / maximumH];
                    result[at] = (byte)value;
                    if (width > 1)
                    {
                        result[at + 1] = (byte)(value >> 8);
                    }
                }
            }
        }

        return result;
    }

    private static ReadOnlySpan<byte> Need(ReadOnlySpan<byte> body, int length) =>
        body.Length >= length ? body : throw Broken("a segment is too short");

    private static CodecException Broken(string what) => new($"A JPEG frame cannot be decoded: {what}.");
}
