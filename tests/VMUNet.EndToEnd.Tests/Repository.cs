namespace VMUNet.EndToEnd.Tests;

/// <summary>Where the checkout lies that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Launcher => Path.Combine(Root, "vmunet");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "VMUNet.Pacs.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("VMUNet.Pacs.sln was not found above the test program");
    }
}
