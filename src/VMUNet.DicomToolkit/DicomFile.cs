using System.Text;
using VMUNet.DicomToolkit.IO;
using VMUNet.DicomToolkit.IO.Reader;
using VMUNet.DicomToolkit.IO.Writer;

namespace VMUNet.DicomToolkit;

/// <summary>A data set with its meta information, as in a file (PS3.10).</summary>
public class DicomFile
{
    /// <summary>An empty file.</summary>
    public DicomFile()
    {
        FileMetaInfo = new DicomFileMetaInformation();
        Dataset = new DicomDataset();
    }

    /// <summary>A file of a data set; the meta information is made from it.</summary>
    /// <exception cref="DicomDataException">The data set lacks its SOP Class UID or SOP Instance UID.</exception>
    public DicomFile(DicomDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        Dataset = dataset;
        FileMetaInfo = new DicomFileMetaInformation(dataset);
        Format = DicomFileFormat.DICOM3;
    }

    /// <summary>A file of a data set and meta information.</summary>
    internal DicomFile(DicomDataset dataset, DicomFileMetaInformation fileMetaInfo) =>
        (Dataset, FileMetaInfo, Format) = (dataset, fileMetaInfo, DicomFileFormat.DICOM3);

    /// <summary>The file that was read; null when it was a stream or made here.</summary>
    public IFileReference? File { get; internal set; }

    /// <summary>Layout of the file that was read.</summary>
    public DicomFileFormat Format { get; internal set; }

    /// <summary>Group 0002.</summary>
    public DicomFileMetaInformation FileMetaInfo { get; protected set; }

    /// <summary>The data set.</summary>
    public DicomDataset Dataset { get; protected set; }

    /// <summary>The end was not reached: the bytes ended before, or the reader was stopped.</summary>
    public bool IsPartial { get; internal set; }

    /// <summary>Reads a file. Values above <paramref name="largeObjectSize"/> bytes stay in it:
    /// it must not move.</summary>
    /// <exception cref="DicomFileException">Not DICOM, or broken; the exception holds what was read.</exception>
    public static DicomFile Open(string fileName, FileReadOption readOption = FileReadOption.Default,
        int largeObjectSize = 0) =>
        Open(fileName, DicomEncoding.Default, null, readOption, largeObjectSize);

    /// <summary>Reads a file with an encoding for data sets without (0008,0005),
    /// up to where a function says stop.</summary>
    /// <inheritdoc cref="Open(string, FileReadOption, int)"/>
    public static DicomFile Open(string fileName, Encoding fallbackEncoding, Func<ParseState, bool>? stop = null,
        FileReadOption readOption = FileReadOption.Default, int largeObjectSize = 0)
    {
        using var stream = new FileStream(
            fileName, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        return FileReader.Read(stream, new FileReference(Path.GetFullPath(fileName)), fallbackEncoding, stop,
            readOption,
            largeObjectSize);
    }

    /// <summary>Reads a stream from its position to its end.</summary>
    /// <exception cref="DicomFileException">Not DICOM, or broken; the exception holds what was read.</exception>
    public static DicomFile Open(Stream stream, FileReadOption readOption = FileReadOption.Default,
        int largeObjectSize = 0) =>
        Open(stream, DicomEncoding.Default, null, readOption, largeObjectSize);

    /// <summary>Reads a stream with an encoding for data sets without (0008,0005),
    /// up to where a function says stop.</summary>
    /// <inheritdoc cref="Open(Stream, FileReadOption, int)"/>
    public static DicomFile Open(Stream stream, Encoding fallbackEncoding, Func<ParseState, bool>? stop = null,
        FileReadOption readOption = FileReadOption.Default, int largeObjectSize = 0)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return FileReader.Read(stream, null, fallbackEncoding, stop, readOption, largeObjectSize);
    }

    /// <inheritdoc cref="Open(string, FileReadOption, int)"/>
    public static Task<DicomFile> OpenAsync(string fileName, FileReadOption readOption = FileReadOption.Default,
        int largeObjectSize = 0) => Task.Run(() => Open(fileName, readOption, largeObjectSize));

    /// <inheritdoc cref="Open(string, Encoding, Func{ParseState, bool}, FileReadOption, int)"/>
    public static Task<DicomFile> OpenAsync(string fileName, Encoding fallbackEncoding,
        Func<ParseState, bool>? stop = null,
        FileReadOption readOption = FileReadOption.Default, int largeObjectSize = 0) =>
        Task.Run(() => Open(fileName, fallbackEncoding, stop, readOption, largeObjectSize));

    /// <inheritdoc cref="Open(Stream, FileReadOption, int)"/>
    public static Task<DicomFile> OpenAsync(Stream stream, FileReadOption readOption = FileReadOption.Default,
        int largeObjectSize = 0) => Task.Run(() => Open(stream, readOption, largeObjectSize));

    /// <inheritdoc cref="Open(Stream, Encoding, Func{ParseState, bool}, FileReadOption, int)"/>
    public static Task<DicomFile> OpenAsync(Stream stream, Encoding fallbackEncoding,
        Func<ParseState, bool>? stop = null,
        FileReadOption readOption = FileReadOption.Default, int largeObjectSize = 0) =>
        Task.Run(() => Open(stream, fallbackEncoding, stop, readOption, largeObjectSize));

    /// <summary>The file begins with a preamble and DICM.</summary>
    public static bool HasValidHeader(string path)
    {
        using var stream = System.IO.File.OpenRead(path);
        var bytes = new byte[132];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length &&
            bytes.AsSpan(128).SequenceEqual("DICM"u8);
    }

    /// <summary>Writes the file under a temporary name beside its place, then moves it there.</summary>
    /// <exception cref="DicomDataException">The data set cannot be written in its transfer syntax.</exception>
    public void Save(string fileName, DicomWriteOptions? options = null)
    {
        var target = Path.GetFullPath(fileName);
        var temporary = $"{target}.{Path.GetRandomFileName()}";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None,
                64 * 1024))
            {
                FileWriter.Write(this, stream, options);
            }

            if (File is not null && File.Name == target)
            {
                FileWriter.LoadLazyValues(Dataset);
            }

            System.IO.File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            System.IO.File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes the file to a stream.</summary>
    /// <exception cref="DicomDataException">The data set cannot be written in its transfer syntax.</exception>
    public void Save(Stream stream, DicomWriteOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        FileWriter.Write(this, stream, options);
    }

    /// <inheritdoc cref="Save(string, DicomWriteOptions)"/>
    public Task SaveAsync(string fileName, DicomWriteOptions? options = null) =>
        Task.Run(() => Save(fileName, options));

    /// <inheritdoc cref="Save(Stream, DicomWriteOptions)"/>
    public Task SaveAsync(Stream stream, DicomWriteOptions? options = null) => Task.Run(() => Save(stream, options));

    /// <inheritdoc/>
    public override string ToString() => $"DICOM File [{Format}]";
}
