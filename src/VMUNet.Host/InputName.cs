namespace VMUNet.Host;

/// <summary>Names of outputs follow the names of inputs.</summary>
internal static class InputName
{
    /// <summary>The file's or folder's name without path and without the ending of a known kind.</summary>
    public static string Of(string path)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (Directory.Exists(path))
        {
            return name;
        }

        return name.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase)
            ? name[..^".nii.gz".Length]
            : Path.GetFileNameWithoutExtension(name);
    }
}
