using System.Buffers.Binary;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.IO.Writer;

/// <summary>Writes data sets (PS3.5 section 7): even lengths, no group lengths,
/// text in the data set's character set.</summary>
internal sealed class DataSetWriter(DicomTransferSyntax syntax, DicomWriteOptions options)
{
    private const uint Undefined = 0xFFFFFFFF;
    private const int MaximumDepth = Reader.DataSetReader.MaximumDepth;

    /// <exception cref="DicomDataException">Something cannot be written in the syntax.</exception>
    public void Write(Stream stream, DicomDataset dataset) => Write(stream, dataset, dataset.Encodings, 0);

    private void Write(Stream stream, DicomDataset dataset, TextEncodings inherited, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new DicomDataException($"Sequences are nested deeper than {MaximumDepth}.");
        }

        var encodings = dataset.Contains(DicomTag.SpecificCharacterSet) ? dataset.Encodings : inherited;
        foreach (var item in dataset)
        {
            if (item.Tag.Element == 0)
            {
                continue;
            }

            switch (item)
            {
                case DicomSequence sequence:
                    WriteSequence(stream, sequence, encodings, depth);
                    break;
                case DicomFragmentSequence fragments:
                    WriteFragments(stream, fragments);
                    break;
                case DicomElement element:
                    WriteElement(stream, element, encodings, depth);
                    break;
            }
        }
    }

    private void WriteElement(Stream stream, DicomElement element, TextEncodings encodings, int depth)
    {
        var buffer = element is DicomStringElement text ? text.BytesFor(encodings) : element.Buffer;
        var vr = element.ValueRepresentation;
        if (syntax.IsEncapsulated && depth == 0 && element.Tag == DicomTag.PixelData)
        {
            throw new DicomDataException($"Pixel data without fragments cannot be written as {syntax}.");
        }

        if (buffer.Size >= Undefined)
        {
            throw new DicomDataException($"{element.Tag} is longer than 4 GiB.");
        }

        var length = (uint)(buffer.Size + buffer.Size % 2);
        WriteHeader(stream, element.Tag, vr, length);
        if (syntax.Endian == Endian.Big)
        {
            buffer = SwapByteBuffer.Wrap(buffer, vr.ByteSwap);
        }

        buffer.CopyToStream(stream);
        if (length != buffer.Size)
        {
            stream.WriteByte(vr.PaddingValue);
        }
    }

    private void WriteSequence(Stream stream, DicomSequence sequence, TextEncodings encodings, int depth)
    {
        if (options.ExplicitLengthSequences)
        {
            using var content = new MemoryStream();
            WriteItems(content, sequence, encodings, depth);
            WriteHeader(stream, sequence.Tag, DicomVR.SQ, (uint)content.Length);
            content.WriteTo(stream);
            return;
        }

        WriteHeader(stream, sequence.Tag, DicomVR.SQ, Undefined);
        WriteItems(stream, sequence, encodings, depth);
        WriteItemHeader(stream, DicomTag.SequenceDelimitationItem, 0);
    }

    private void WriteItems(Stream stream, DicomSequence sequence, TextEncodings encodings, int depth)
    {
        foreach (var item in sequence.Items)
        {
            if (options.ExplicitLengthSequenceItems)
            {
                using var content = new MemoryStream();
                Write(content, item, encodings, depth + 1);
                WriteItemHeader(stream, DicomTag.Item, (uint)content.Length);
                content.WriteTo(stream);
                continue;
            }

            WriteItemHeader(stream, DicomTag.Item, Undefined);
            Write(stream, item, encodings, depth + 1);
            WriteItemHeader(stream, DicomTag.ItemDelimitationItem, 0);
        }
    }

    private void WriteFragments(Stream stream, DicomFragmentSequence fragments)
    {
        if (!syntax.IsEncapsulated)
        {
            throw new DicomDataException($"Fragments of pixel data cannot be written as {syntax}; decode them first.");
        }

        WriteHeader(stream, fragments.Tag, fragments.ValueRepresentation, Undefined);
        WriteItemHeader(stream, DicomTag.Item, (uint)(4 * fragments.OffsetTable.Count));
        Span<byte> bytes = stackalloc byte[4];
        foreach (var offset in fragments.OffsetTable)
        {
            WriteUInt32(bytes, offset);
            stream.Write(bytes);
        }

        foreach (var fragment in fragments.Fragments)
        {
            WriteItemHeader(stream, DicomTag.Item, (uint)(fragment.Size + fragment.Size % 2));
            fragment.CopyToStream(stream);
            if (fragment.Size % 2 == 1)
            {
                stream.WriteByte(0);
            }
        }

        WriteItemHeader(stream, DicomTag.SequenceDelimitationItem, 0);
    }

    private void WriteHeader(Stream stream, DicomTag tag, DicomVR vr, uint length)
    {
        if (!syntax.IsExplicitVR)
        {
            WriteItemHeader(stream, tag, length);
            return;
        }

        if (vr.Is16bitLength && length > ushort.MaxValue)
        {
            // PS3.5 6.2.2 note 1: a value too long for the length field of its VR is sent as UN.
            vr = DicomVR.UN;
        }

        Span<byte> bytes = stackalloc byte[12];
        bytes.Clear();
        WriteTag(bytes, tag);
        bytes[4] = (byte)vr.Code[0];
        bytes[5] = (byte)vr.Code[1];
        if (vr.Is16bitLength)
        {
            WriteUInt16(bytes[6..], (ushort)length);
            stream.Write(bytes[..8]);
            return;
        }

        WriteUInt32(bytes[8..], length);
        stream.Write(bytes);
    }

    private void WriteItemHeader(Stream stream, DicomTag tag, uint length)
    {
        Span<byte> bytes = stackalloc byte[8];
        WriteTag(bytes, tag);
        WriteUInt32(bytes[4..], length);
        stream.Write(bytes);
    }

    private void WriteTag(Span<byte> bytes, DicomTag tag)
    {
        WriteUInt16(bytes, tag.Group);
        WriteUInt16(bytes[2..], tag.Element);
    }

    private void WriteUInt16(Span<byte> bytes, ushort value)
    {
        if (syntax.Endian == Endian.Big)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        }
    }

    private void WriteUInt32(Span<byte> bytes, uint value)
    {
        if (syntax.Endian == Endian.Big)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }
    }
}
