namespace VMUNet.Codecs.Native;

/// <summary>Finds shared libraries by looking at files: nothing is loaded, so any process may ask.</summary>
internal sealed class NativeLibraries(IReadOnlyList<string> folders)
{
    private const string SearchPath = "LD_LIBRARY_PATH";

    private static readonly string[] SystemFolders =
    [
        "/usr/local/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
    ];

    /// <summary>CharLS 2: JPEG-LS.</summary>
    public static RequiredLibrary CharLs { get; } = new("libcharls.so.2", new Version(2, 0), "libcharls2");

    /// <summary>OpenJPEG 2: JPEG 2000.</summary>
    public static RequiredLibrary OpenJpeg { get; } = new("libopenjp2.so.7", new Version(2, 0), "libopenjp2-7");

    /// <summary>OpenJPEG decodes high-throughput blocks since 2.5.</summary>
    public static RequiredLibrary OpenJpegHighThroughput { get; } =
        new("libopenjp2.so.7", new Version(2, 5), "libopenjp2-7 (version 2.5 or newer)");

    /// <summary>Libraries of this host; looked for once a library and process.</summary>
    public static NativeLibraries OfHost { get; } = new(
        [.. (Environment.GetEnvironmentVariable(SearchPath) ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries),
            .. SystemFolders]);

    /// <summary>The library that a kind of compression needs; null for those decoded in managed code.</summary>
    public static RequiredLibrary? For(Family family) => family switch
    {
        Family.JpegLs => CharLs,
        Family.Jpeg2000 => OpenJpeg,
        Family.HighThroughput => OpenJpegHighThroughput,
        _ => null,
    };

    /// <summary>Path of the library, or null where it is not installed or too old. Its version is the one in the name
    /// of the file that links lead to (libopenjp2.so.2.5.0); a name that tells none is taken.</summary>
    public string? Find(RequiredLibrary library)
    {
        foreach (var folder in folders)
        {
            var path = Path.Combine(folder, library.FileName);
            if (File.Exists(path))
            {
                var name = File.ResolveLinkTarget(path, returnFinalTarget: true)?.Name ?? library.FileName;
                var digits = name[(name.IndexOf(".so", StringComparison.Ordinal) + 3)..].TrimStart('.');
                return Version.TryParse(digits, out var version) && version < library.Least ? null : path;
            }
        }

        return null;
    }
}
