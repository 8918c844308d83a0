using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace VMUNet.DicomToolkit.IO.Reader;

/// <summary>Reads the parts of a file: preamble, meta information, data set.</summary>
internal static class FileReader
{
    private const int PreambleLength = 128;
    private const long InflateFactor = 200;
    private const long InflateSlack = 1 << 20;
    private const long MaximumSize = 2L << 30;

    /// <exception cref="DicomFileException">Not DICOM, or broken.</exception>
    public static DicomFile Read(Stream stream, IFileReference? reference, Encoding? fallback, Func<ParseState,
        bool>? stop,
        FileReadOption option, int largeObjectSize)
    {
        var file = new DicomFile { File = reference };
        try
        {
            using var copy = stream.CanSeek ? null : Spill.Of(stream, MaximumSize);
            var bytes = copy?.Stream ?? stream;
            var source = new ByteSource(bytes, copy?.File ?? reference, option, largeObjectSize);
            file.Dataset.FallbackEncoding = fallback is null || fallback.Equals(Encoding.ASCII) ? null : fallback;
            file.Format = SkipPreamble(source);
            var result = ReadMeta(source, file);
            if (result == ReadResult.Complete)
            {
                result = ReadDataset(source, bytes, file, stop, option);
            }

            file.IsPartial = result != ReadResult.Complete;
            return file;
        }
        catch (DicomDataException e) when (e is not DicomFileException)
        {
            file.IsPartial = true;
            throw new DicomFileException(file, e.Message, e);
        }
        catch (InvalidDataException e)
        {
            file.IsPartial = true;
            throw new DicomFileException(file, "The deflated data set is broken.", e);
        }
    }

    private static DicomFileFormat SkipPreamble(ByteSource source)
    {
        var start = source.Position;
        Span<byte> head = stackalloc byte[PreambleLength + 4];
        if (source.TryRead(head) && head[PreambleLength..].SequenceEqual("DICM"u8))
        {
            return DicomFileFormat.DICOM3;
        }

        source.Position = start;
        if (!source.TryPeek(head[..8]))
        {
            throw new DicomDataException("Not a DICOM file: too short.");
        }

        var group = BinaryPrimitives.ReadUInt16LittleEndian(head);
        var element = BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);
        var isBigEndian = group == 0x0800 && (element & 0xFF) <= 1;
        return group == 2 && element <= 0x0102 ? DicomFileFormat.DICOM3NoPreamble
            : isBigEndian || (group == 8 && element <= 0x0100) ? DicomFileFormat.DICOM3NoFileMetaInfo
            : throw new DicomDataException(
                "Not a DICOM file: neither DICM at byte 128 nor group 0002 or 0008 at the start.");
    }

    private static ReadResult ReadMeta(ByteSource source, DicomFile file)
    {
        var result = new DataSetReader(source, null).ReadMeta(file.FileMetaInfo);
        Span<byte> head = stackalloc byte[6];
        file.Dataset.InternalTransferSyntax = file.FileMetaInfo.TransferSyntax ?? (source.TryPeek(head)
            ? Guess(head) : DicomTransferSyntax.ImplicitVRLittleEndian);
        return result;
    }

    private static DicomTransferSyntax Guess(ReadOnlySpan<byte> head) =>
        !IsExplicit(head) ? DicomTransferSyntax.ImplicitVRLittleEndian
        : head[0] == 0 && head[1] == 8 ? DicomTransferSyntax.ExplicitVRBigEndian
        : DicomTransferSyntax.ExplicitVRLittleEndian;

    private static ReadResult ReadDataset(ByteSource source, Stream stream, DicomFile file, Func<ParseState,
        bool>? stop,
        FileReadOption option)
    {
        var syntax = file.Dataset.InternalTransferSyntax;
        if (syntax.IsDeflate)
        {
            var limit = Math.Min(MaximumSize, InflateFactor * source.Remaining + InflateSlack);
            stream.Position = source.Position;
            using var inflate = new DeflateStream(stream, CompressionMode.Decompress, leaveOpen: true);
            using var plain = Spill.Of(inflate, limit);
            return ReadDataset(new ByteSource(plain.Stream, plain.File, option, 0), syntax, file, stop);
        }

        return ReadDataset(source, syntax, file, stop);
    }

    private static ReadResult ReadDataset(ByteSource source, DicomTransferSyntax syntax, DicomFile file,
        Func<ParseState, bool>? stop)
    {
        Span<byte> head = stackalloc byte[6];
        var isExplicit = syntax.IsExplicitVR;
        if (source.TryPeek(head) && syntax.Endian == Endian.Little && isExplicit != IsExplicit(head))
        {
            // The header lies about the representation, as some writers do: the first element tells.
            isExplicit = !isExplicit;
        }

        return new DataSetReader(source, stop).Read(file.Dataset, isExplicit, syntax.Endian == Endian.Big);
    }

    /// <summary>The first element states its representation: two capitals that are one,
    /// as no sane implicit length begins.</summary>
    private static bool IsExplicit(ReadOnlySpan<byte> head) => DicomVR.Find(head[4], head[5]) is not null;
}
