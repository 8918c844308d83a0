using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Processing;
using VMUNet.Dicom;
using VMUNet.Model;

namespace VMUNet.Jobs;

/// <summary>Everything that is known of a result when its files are written.</summary>
public sealed record FinishedResult
{
    /// <summary>The image.</summary>
    public required SeriesContent Content { get; init; }

    /// <summary>Its series.</summary>
    public required SourceSeries Source { get; init; }

    /// <summary>What the model found.</summary>
    public required SegmentationOutcome Outcome { get; init; }

    /// <summary>The model.</summary>
    public required ModelManifest Manifest { get; init; }

    /// <summary>Every organ that was looked for.</summary>
    public required IReadOnlyList<OrganMeasurement> Measurements { get; init; }

    /// <summary>What a reader must know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Who gets it, and in which form.</summary>
    public required IReadOnlyList<Destination> Destinations { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The files of a result.</summary>
/// <param name="Seg">Null when no organ was found.</param>
/// <param name="Companions">Report, picture and SEGs in other forms, where they were wanted.</param>
/// <param name="Deliveries">What each destination gets; a SEG that cannot keep its limits waits for a person, with the
/// reason.</param>
public sealed record WrittenResult(
    ResultFile? Seg, IReadOnlyList<CompanionFile> Companions, IReadOnlyList<PlannedDelivery> Deliveries);

/// <summary>Writes the files of results under results/. Their names are row numbers: nothing from the network is part of a
/// path.</summary>
public sealed class ResultFiles(IOptions<PacsDataOptions> data)
{
    private const string Folder = "results";

    /// <summary>
    /// Writes, checks, flushes and renames each object. The row is committed only after this returns, so a row never names a
    /// file that is missing or half written.
    /// </summary>
    /// <exception cref="ResultHeldException">What was written is not what was meant; no file is left.</exception>
    public WrittenResult Write(JobLease lease, FinishedResult result)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(result);
        var writing = new ResultWriting(result, ProvenanceOf(result),
            (file, kind, check) => Save(file, $"{lease.SeriesJobId}-{lease.Fence}.{kind}.dcm", check));
        try
        {
            return writing.Run();
        }
        catch (ResultHeldException)
        {
            foreach (ResultFile file in writing.Written)
            {
                Delete(file);
            }
            throw;
        }
    }

    /// <summary>Removes a result that got no row.</summary>
    public void Delete(WrittenResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Seg is not null)
        {
            Delete(result.Seg);
        }
        foreach (CompanionFile companion in result.Companions)
        {
            Delete(companion.File);
        }
    }

    private static SegProvenance ProvenanceOf(FinishedResult result) => new()
    {
        AlgorithmName = "VM-UNet",
        AlgorithmVersion = result.Manifest.Version,
        WeightsSha256 = result.Outcome.WeightsSha256,
        ModelName = result.Manifest.Name,
        SoftwareVersion = Product.Version,
        Precision = result.Outcome.Precision.ToName(),
        CreatedAt = result.CreatedAt,
    };

    private ResultFile Save(ResultObject file, string name, Func<string, GateVerdict> check)
    {
        string folder = Path.Combine(data.Value.DataFolder, Folder);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, name);
        string temporary = path + ".part";
        file.Save(temporary);
        if (check(temporary) is GateVerdict.Held held)
        {
            File.Delete(temporary);
            throw new ResultHeldException(held.Reason);
        }
        string hash = FlushAndHash(temporary);
        File.Move(temporary, path, overwrite: true);
        DurableFolder.Flush(folder);
        return new ResultFile(file.SopInstanceUid, file.SeriesInstanceUid, $"{Folder}/{name}", hash);
    }

    private void Delete(ResultFile file) => File.Delete(Path.Combine(data.Value.DataFolder, file.Path));

    private static string FlushAndHash(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        stream.Flush(flushToDisk: true);
        return hash;
    }
}
