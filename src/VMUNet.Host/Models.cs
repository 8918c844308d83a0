using VMUNet.Model;

namespace VMUNet.Host;

/// <summary>Where model names are looked up: the data folder's own models first, then those that ship.</summary>
internal static class Models
{
    public static IReadOnlyList<string> Roots(string dataFolder) => [Path.Combine(dataFolder, "models"), ProductFolder.Models];

    public static string Resolve(string nameOrFolder, string dataFolder) => ModelCatalog.Resolve(nameOrFolder, Roots(dataFolder));

    public static IReadOnlyList<ModelInfo> List(string dataFolder) => ModelCatalog.List(Roots(dataFolder));
}
