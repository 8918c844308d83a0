namespace VMUNet.Host;

/// <summary>Finds what ships beside the programs: <c>models/</c> and <c>samples/</c>.</summary>
internal static class ProductFolder
{
    /// <summary>
    /// The folder that holds <c>models/</c>: VMUNET_HOME (set by the launcher), else the nearest folder above the
    /// program with a <c>models</c> folder or the solution file in it.
    /// </summary>
    public static string Root { get; } = Find();

    /// <summary>Models that ship with the product.</summary>
    public static string Models => Path.Combine(Root, "models");

    /// <summary>Images that the demo sends.</summary>
    public static string Samples => Path.Combine(Root, "samples");

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("VMUNET_HOME") is { Length: > 0 } home)
        {
            return Path.GetFullPath(home);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "VMUNet.Pacs.sln"))
                || Directory.Exists(Path.Combine(folder.FullName, "models")))
            {
                return folder.FullName;
            }
        }

        return AppContext.BaseDirectory;
    }
}
