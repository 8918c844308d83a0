using System.Text.Json;
using VMUNet.Testing;

namespace VMUNet.Imaging.Tests;

/// <summary>The entries of tests/goldens/imaging/imaging.json.</summary>
internal static class ImagingGoldens
{
    private static readonly string Folder = Path.Combine(RepoPaths.Goldens, "imaging");
    private static readonly JsonElement Document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "imaging.json"))).RootElement;

    internal static JsonElement Section(string name) => Document.GetProperty(name);

    internal static T[] Array<T>(JsonElement entry)
        where T : unmanaged
        => GoldenArray.Read<T>(
            Path.Combine(Folder, entry.GetProperty("file").GetString()!), entry.GetProperty("sha256_raw").GetString());

    internal static int[] Numbers(JsonElement entry) => [.. entry.EnumerateArray().Select(number => number.GetInt32())];

    internal static double[] Reals(JsonElement entry) => [.. entry.EnumerateArray().Select(number => number.GetDouble())];
}
