namespace VMUNet.Model;

/// <summary>
/// The label files beside a folder of images. A name is an image's own, in upper or lower case extension, .nii beside .nii.gz; and
/// NAME_segmentation.png or NAME_Segmentation.png, as the ISIC archive names its masks.
/// </summary>
internal sealed class LabelFiles
{
    private static readonly string[] s_archiveEndings = ["_segmentation", "_Segmentation"]; // of 2017 and later, and of 2016

    private const string Zipped = ".nii.gz";
    private readonly string _folder;
    private readonly TaskKind _kind;
    private readonly ILookup<string, string> _byName;

    /// <summary>Lists a folder; one that does not exist holds nothing.</summary>
    public LabelFiles(string folder, TaskKind kind)
    {
        (_folder, _kind) = (folder, kind);
        _byName = In(folder).Where(f => kind == TaskKind.Volume ? IsNifti(f) : IsPng(f))
            .ToLookup(NameOf, StringComparer.Ordinal);
    }

    /// <summary>Label file of an image; where there is none, the one that was expected.</summary>
    /// <param name="image">The image file.</param>
    /// <param name="other">Name of a second file that could be meant as well, else null.</param>
    public string Of(string image, out string? other)
    {
        var name = NameOf(image);
        var expected = Path.Combine(_folder, _kind == TaskKind.Volume ? Path.GetFileName(image) : name + ".png");
        other = null;
        if (File.Exists(expected))
        {
            return expected;
        }

        string[] found = [.. _byName[name]];
        if (found.Length == 0 && _kind == TaskKind.Picture)
        {
            found = [.. s_archiveEndings.SelectMany(ending => _byName[name + ending])];
        }

        other = found.Length > 1 ? Path.GetFileName(found[1]) : null;
        return found.Length > 0 ? found[0] : expected;
    }

    /// <summary>
    /// The files of a folder but hidden ones, in order: what an operating system leaves beside images (.DS_Store, ._NAME) is no image.
    /// </summary>
    public static IReadOnlyList<string> In(string folder, string pattern = "*") => Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder, pattern).Where(f => !IsHidden(f)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Whether the system hides a file of such a name.</summary>
    public static bool IsHidden(string file) => Path.GetFileName(file).StartsWith('.');

    /// <summary>Whether a file's name is that of a NIfTI file.</summary>
    public static bool IsNifti(string file) =>
        file.EndsWith(Zipped, StringComparison.OrdinalIgnoreCase) || file.EndsWith(".nii", StringComparison.OrdinalIgnoreCase);

    /// <summary>A file's name without its extension.</summary>
    public static string NameOf(string file)
    {
        var name = Path.GetFileName(file);
        return name.EndsWith(Zipped, StringComparison.OrdinalIgnoreCase) ? name[..^Zipped.Length] : Path.GetFileNameWithoutExtension(name);
    }

    private static bool IsPng(string file) => Path.GetExtension(file).Equals(".png", StringComparison.OrdinalIgnoreCase);
}
