using System.Diagnostics.CodeAnalysis;
using VMUNet.Dimse;

namespace VMUNet.Dicom;

/// <summary>Class and syntax of a file: what a presentation context is proposed for.</summary>
internal readonly record struct OutgoingKind(string SopClassUid, string TransferSyntaxUid)
{
    public bool IsExplicitLittleEndian => TransferSyntaxUid == TransferSyntaxes.ExplicitLittleEndian;
}

/// <summary>A Part 10 file about to be sent.</summary>
internal sealed class OutgoingFile(string path, Part10Header header)
{
    public string Path { get; } = path;

    public Part10Header Header { get; } = header;

    public OutgoingKind Kind => new(Header.SopClassUid, Header.TransferSyntaxUid);

    public static bool TryOpen(
        string path, [NotNullWhen(true)] out OutgoingFile? file, [NotNullWhen(false)] out string? failure)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var header = Part10.ReadHeader(stream);
            if (stream.Length <= header.DataSetOffset)
            {
                throw new Part10FormatException("The file has no data set.");
            }
            (file, failure) = (new OutgoingFile(path, header), null);
            return true;
        }
        catch (Exception e) when (e is Part10FormatException or IOException or UnauthorizedAccessException)
        {
            (file, failure) = (null, $"Cannot send {System.IO.Path.GetFileName(path)}: {e.Message}");
            return false;
        }
    }

    /// <summary>The data set in the given syntax, positioned at its first byte.</summary>
    public Stream OpenDataSet(string transferSyntax)
    {
        if (transferSyntax == Header.TransferSyntaxUid)
        {
            var stream = File.OpenRead(Path);
            stream.Position = Header.DataSetOffset;
            return stream;
        }
        var file = DicomFile.Open(Path);
        if (file.IsPartial)
        {
            throw new DicomDataException("it ends before its data set does"); // rewritten, the loss would not show any more
        }
        var transcoder = new DicomTranscoder(
            file.Dataset.InternalTransferSyntax, DicomTransferSyntax.ImplicitVRLittleEndian);
        var memory = new MemoryStream();
        transcoder.Transcode(file).Save(memory);
        memory.Position = 0;
        memory.Position = Part10.ReadHeader(memory).DataSetOffset;
        return memory;
    }

    public SendOutcome Failed(string failure, bool isRetryable) => new()
    {
        File = Path,
        SopInstanceUid = Header.SopInstanceUid,
        Failure = failure,
        IsFailureRetryable = isRetryable,
    };
}
