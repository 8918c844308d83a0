using VMUNet.Model;

namespace VMUNet.Host;

/// <summary>Where model names are looked up: the data folder's own models first, then those that ship.</summary>
internal static class Models
{
    public static IReadOnlyList<string> Roots(string dataFolder) => [Own(dataFolder), ProductFolder.Models];

    /// <summary>The folder of the models that were brought in or trained here.</summary>
    public static string Own(string dataFolder) => Path.Combine(dataFolder, "models");

    public static string Resolve(string nameOrFolder, string dataFolder) => ModelCatalog.Resolve(nameOrFolder, Roots(dataFolder));

    public static IReadOnlyList<ModelInfo> List(string dataFolder) => ModelCatalog.List(Roots(dataFolder));
}
