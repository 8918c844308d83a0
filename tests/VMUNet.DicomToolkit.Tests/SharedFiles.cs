namespace VMUNet.DicomToolkit.Tests;

/// <summary>The files beside the checkout; tests that need them are skipped where they are not there.</summary>
internal static class SharedFiles
{
    public static string Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "VMUNet.Pacs.sln")))
            {
                var path = Path.Combine(folder.Parent!.FullName, "shared", name);
                Assert.SkipUnless(Directory.Exists(path), $"../shared/{name} is not there");
                return path;
            }
        }

        Assert.Skip("the solution's folder was not found above the tests");
        return "";
    }
}
