using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Finds models in folders of model folders. Reads manifests only; weights are checked when a model is loaded.</summary>
public static class ModelCatalog
{
    /// <summary>All models under the given roots, by name; a name found in two roots appears once, the first root wins.</summary>
    /// <param name="roots">Folders whose sub-folders are models; roots that do not exist are skipped.</param>
    public static IReadOnlyList<ModelInfo> List(params IReadOnlyList<string> roots)
    {
        var found = new SortedDictionary<string, ModelInfo>(StringComparer.Ordinal);
        foreach (var folder in roots.Where(Directory.Exists).SelectMany(Directory.GetDirectories))
        {
            if (!File.Exists(Path.Combine(folder, ModelFiles.ManifestName)))
            {
                continue;
            }

            var name = Path.GetFileName(folder);
            found.TryAdd(name, Read(name, folder));
        }

        return [.. found.Values];
    }

    /// <summary>The folder of a model given by folder or by name.</summary>
    /// <param name="nameOrFolder">A model folder, or a name under one of the roots.</param>
    /// <param name="roots">Where names are looked up, in this order.</param>
    /// <exception cref="BadInputException">Nothing found; the message lists the names there are.</exception>
    public static string Resolve(string nameOrFolder, params IReadOnlyList<string> roots)
    {
        foreach (var folder in roots.Select(r => Path.Combine(r, nameOrFolder)).Prepend(nameOrFolder))
        {
            if (File.Exists(Path.Combine(folder, ModelFiles.ManifestName)))
            {
                return Path.GetFullPath(folder);
            }
        }

        var names = List(roots).Select(m => m.Name).ToList();
        throw new BadInputException(
            $"No model {nameOrFolder} was found; "
            + (names.Count == 0 ? "there are no models." : $"there are {string.Join(", ", names)}."));
    }

    private static ModelInfo Read(string name, string folder)
    {
        try
        {
            return new ModelInfo(name, folder, ModelFiles.ReadManifest(folder), null);
        }
        catch (BadInputException e)
        {
            return new ModelInfo(name, folder, null, e.Message);
        }
    }
}

/// <summary>A model folder as the catalogue sees it.</summary>
/// <param name="Name">Folder name.</param>
/// <param name="Folder">Full path.</param>
/// <param name="Manifest">Its manifest; null when it cannot be read.</param>
/// <param name="Fault">Why it cannot be read; null when it can.</param>
public sealed record ModelInfo(string Name, string Folder, ModelManifest? Manifest, string? Fault);
