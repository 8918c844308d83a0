using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Host;

/// <summary>A source series given as a file or folder on the command line.</summary>
internal static class SourceFolder
{
    /// <summary>Reads the one series of a folder with its pixels.</summary>
    /// <exception cref="BadInputException">The files cannot be used; the message carries the reason.</exception>
    public static (SeriesContent Content, SourceSeries Source) ReadContent(string path, CancellationToken ct) =>
        SeriesReader.Read(SeriesReader.FilesIn(path), ct) switch
        {
            SeriesContent.AsVolume volume => (volume, volume.Source),
            SeriesContent.AsPhotograph photograph => (photograph, photograph.Source),
            SeriesContent.Refused refused => throw new BadInputException($"'{path}' is refused ({refused.Reason}): {refused.Detail}"),
            var other => throw new InvalidOperationException($"unknown content {other.GetType().Name}"),
        };

    /// <summary>Reads the one series of a folder.</summary>
    /// <exception cref="BadInputException">The files cannot be used; the message carries the reason.</exception>
    public static SourceSeries ReadSource(string path, CancellationToken ct) => ReadContent(path, ct).Source;
}
