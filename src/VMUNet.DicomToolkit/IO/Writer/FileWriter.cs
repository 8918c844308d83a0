using System.Buffers.Binary;
using System.IO.Compression;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.IO.Writer;

/// <summary>Writes files: preamble, meta information with its group length, data set.</summary>
internal static class FileWriter
{
    /// <exception cref="DicomDataException">Something cannot be written in the file's transfer syntax.</exception>
    public static void Write(DicomFile file, Stream stream, DicomWriteOptions? options)
    {
        var syntax = file.FileMetaInfo.TransferSyntax ?? file.Dataset.InternalTransferSyntax;
        Complete(file.FileMetaInfo, file.Dataset, syntax);
        stream.Write(new byte[128]);
        stream.Write("DICM"u8);
        WriteMeta(file.FileMetaInfo, stream);
        var writer = new DataSetWriter(syntax, options ?? DicomWriteOptions.Default);
        if (!syntax.IsDeflate)
        {
            writer.Write(stream, file.Dataset);
            return;
        }

        using var deflated = new MemoryStream();
        using (var deflate = new DeflateStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
        {
            writer.Write(deflate, file.Dataset);
        }

        deflated.WriteTo(stream);
        if (deflated.Length % 2 == 1)
        {
            stream.WriteByte(0);
        }
    }

    /// <summary>Reads values that lie in a file into memory, before that file is replaced.</summary>
    public static void LoadLazyValues(DicomDataset dataset)
    {
        foreach (var item in dataset.ToArray())
        {
            switch (item)
            {
                case DicomSequence sequence:
                    foreach (var inner in sequence.Items)
                    {
                        LoadLazyValues(inner);
                    }

                    break;
                case DicomFragmentSequence fragments:
                    for (var i = 0; i < fragments.Fragments.Count; i++)
                    {
                        fragments.Fragments[i] = InMemory(fragments.Fragments[i]);
                    }

                    break;
                case DicomElement { Buffer.IsMemory: false } element:
                    dataset.Take(ElementFactory.FromBytes(element.ValueRepresentation, element.Tag,
                        InMemory(element.Buffer),
                        dataset.Encodings));
                    break;
            }
        }
    }

    private static IByteBuffer InMemory(IByteBuffer buffer) =>
        buffer.IsMemory ? buffer : new MemoryByteBuffer(buffer.Data);

    private static void Complete(DicomFileMetaInformation meta, DicomDataset dataset, DicomTransferSyntax syntax)
    {
        // Written in their order, they would stand behind the meta information and be read as part of it.
        if (dataset.FirstOrDefault(i => i.Tag.Group is 0x0000 or 0x0002) is { } stray)
        {
            throw new DicomDataException($"{stray.Tag} is of a group that no data set may have; remove it.");
        }

        foreach (var item in DicomFileMetaInformation.Partial(dataset))
        {
            // Class and instance always follow the data set; the rest is kept as it was set.
            if (item.Tag == DicomTag.MediaStorageSOPClassUID || item.Tag == DicomTag.MediaStorageSOPInstanceUID ||
                !meta.Contains(item.Tag))
            {
                meta.AddOrUpdate(item);
            }
        }

        meta.TransferSyntax = syntax;
        if (!meta.Contains(DicomTag.MediaStorageSOPClassUID) || !meta.Contains(DicomTag.MediaStorageSOPInstanceUID))
        {
            throw new DicomDataException(
                "A file needs SOP Class UID and SOP Instance UID in its data set or meta information.");
        }
    }

    private static void WriteMeta(DicomFileMetaInformation meta, Stream stream)
    {
        using var content = new MemoryStream();
        new DataSetWriter(DicomTransferSyntax.ExplicitVRLittleEndian, DicomWriteOptions.Default).Write(content, meta);
        Span<byte> length = stackalloc byte[12];
        "\u0002\0\0\0UL\u0004\0"u8.CopyTo(length);
        BinaryPrimitives.WriteUInt32LittleEndian(length[8..], (uint)content.Length);
        stream.Write(length);
        content.WriteTo(stream);
    }
}
