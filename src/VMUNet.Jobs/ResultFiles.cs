using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Processing;
using VMUNet.Dicom;
using VMUNet.Imaging;
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

    /// <summary>What somebody wants of it.</summary>
    public required ResultParts Wanted { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The files of a result.</summary>
/// <param name="Seg">Null when no organ was found.</param>
/// <param name="Companions">Report and picture, where they were wanted.</param>
/// <param name="SegFrames">Frames of the SEG.</param>
public sealed record WrittenResult(ResultFile? Seg, IReadOnlyList<CompanionFile> Companions, int SegFrames);

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
        SegProvenance provenance = ProvenanceOf(result);
        var (source, labels, organs) = (result.Source, result.Outcome.Labels, result.Manifest.Labels);
        var written = new List<ResultFile>();
        try
        {
            ResultFile Keep(ResultObject file, string kind, Func<string, GateVerdict> check)
            {
                written.Add(Save(file, $"{lease.SeriesJobId}-{lease.Fence}.{kind}.dcm", check));
                return written[^1];
            }
            var companions = new List<CompanionFile>();
            ResultFile? seg = null;
            var found = SegWriter.Write(source, labels, organs, provenance) as SegResult.Written;
            if (found is not null)
            {
                seg = Keep(found.ToObject(), "seg",
                    path => OutgoingGate.Check(path, source, labels, organs));
            }
            if (result.Wanted.HasFlag(ResultParts.Report))
            {
                companions.Add(new CompanionFile(ResultKind.Report, Keep(
                    ReportWriter.Write(source, result.Measurements, found, result.Notes, provenance), "report",
                    path => OutgoingGate.CheckReport(path, source, result.Measurements, found))));
            }
            if (result.Wanted.HasFlag(ResultParts.Picture) && found is not null)
            {
                var (picture, slices) = Draw(result);
                companions.Add(new CompanionFile(ResultKind.Picture, Keep(
                    CaptureWriter.Write(source, picture, slices, provenance), "picture",
                    path => OutgoingGate.CheckPicture(path, source, picture))));
            }
            return new WrittenResult(seg, companions, found?.Frames ?? 0);
        }
        catch (ResultHeldException)
        {
            written.ForEach(Delete);
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

    private static (Picture Picture, IReadOnlyList<int> Slices) Draw(FinishedResult result)
    {
        string model = $"{result.Manifest.Name} {result.Manifest.Version}";
        return result.Content switch
        {
            SeriesContent.AsVolume volume => ResultPicture.Draw(
                volume.Volume, result.Source.Modality == "CT", result.Outcome.Labels, result.Measurements, model),
            SeriesContent.AsPhotograph photo => (
                ResultPicture.Draw(photo.Picture, result.Outcome.Labels, result.Measurements, model), [0]),
            _ => throw new InvalidOperationException($"Unknown content {result.Content}"),
        };
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
