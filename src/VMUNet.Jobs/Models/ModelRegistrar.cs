using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Processing;
using VMUNet.Model;

namespace VMUNet.Jobs.Models;

/// <summary>Registers the models that a start finds: the product's folders, then the data folder's.</summary>
public sealed class ModelRegistrar(ModelRegistry registry, IOptions<JobsOptions> options, IOptions<PacsDataOptions> data,
    ILogger<ModelRegistrar> logger)
{
    /// <summary>The site's own models.</summary>
    public string SiteFolder => Path.Combine(data.Value.DataFolder, "models");

    /// <summary>Reads manifests only; weights are checked when a model is loaded. Damaged folders are logged and left out.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var found = new List<ModelRegistration>();
        foreach (string root in options.Value.ModelFolders)
        {
            found.AddRange(Read(root, ModelOrigin.Shipped));
        }
        found.AddRange(Read(SiteFolder, ModelOrigin.Imported));
        // The same weights in two places are one version; the product's own folder is the one to trust.
        await registry.RegisterAsync([.. found.DistinctBy(m => (m.Task, m.WeightsSha256))], ct);
    }

    /// <summary>A registration of one model folder.</summary>
    public static ModelRegistration Registration(ModelManifest manifest, string folder, ModelOrigin origin) => new()
    {
        Task = manifest.Task,
        Name = manifest.Name,
        WeightsSha256 = manifest.WeightsSha256,
        Folder = Path.GetFullPath(folder),
        Origin = origin,
        CodeVersion = manifest.Provenance.CodeVersion,
        ManifestSha256 = Sha256OrNull(manifest.Provenance.DataManifestSha256),
        PreprocessingSha256 = PreprocessingHash(manifest),
        Seed = manifest.Provenance.Seed,
    };

    /// <summary>Hash over the preprocessing constants: two models may be compared only where it is equal.</summary>
    public static string PreprocessingHash(ModelManifest manifest) => Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(manifest.Preprocessing)));

    private IEnumerable<ModelRegistration> Read(string root, ModelOrigin origin)
    {
        foreach (ModelInfo model in ModelCatalog.List(root))
        {
            if (model.Manifest is null)
            {
                Log.ModelLeftOut(logger, model.Folder, model.Fault ?? "no manifest");
                continue;
            }
            yield return Registration(model.Manifest, model.Folder, origin);
        }
    }

    private static string? Sha256OrNull(string text) =>
        text.Length == 64 && text.All(char.IsAsciiHexDigitLower) ? text
        : text.Length == 0 ? null
        : Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
