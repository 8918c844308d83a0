namespace VMUNet.Testing;

/// <summary>Folders of the checkout that tests run in.</summary>
public static class RepoPaths
{
    /// <summary>The folder that holds VMUNet.Pacs.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>tests/goldens.</summary>
    public static string Goldens => Path.Combine(Root, "tests", "goldens");

    /// <summary>The folder "shared" beside the checkout, with large data and oracles; null where it is not there.</summary>
    public static string? Shared
    {
        get
        {
            var path = Path.GetFullPath(Path.Combine(Root, "..", "shared"));
            return Directory.Exists(path) ? path : null;
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "VMUNet.Pacs.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds VMUNet.Pacs.sln.");
    }
}
