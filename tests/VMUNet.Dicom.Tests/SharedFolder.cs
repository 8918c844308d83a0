using VMUNet.Testing;

namespace VMUNet.Dicom.Tests;

/// <summary>Real data and oracles beside the checkout; tests that need them are skipped without.</summary>
internal static class SharedFolder
{
    public static string Need(params string[] parts)
    {
        var path = Path.Combine([RepoPaths.Shared ?? "/", .. parts]);
        if (RepoPaths.Shared is null || !Path.Exists(path))
        {
            Assert.Skip($"{string.Join('/', parts)} is needed and ../shared is not there");
        }
        return path;
    }
}
