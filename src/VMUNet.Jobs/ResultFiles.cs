using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Processing;
using VMUNet.Dicom;
using VMUNet.Model;

namespace VMUNet.Jobs;

/// <summary>Writes SEG files under results/. Their names are row numbers: nothing from the network is part of a path.</summary>
public sealed class ResultFiles(IOptions<PacsDataOptions> data)
{
    private const string Folder = "results";

    /// <summary>
    /// Writes, flushes, renames and re-reads the SEG. The row is committed only after this returns, so a row never names
    /// a file that is missing or half written.
    /// </summary>
    /// <returns>Null when no organ was found.</returns>
    /// <exception cref="ResultHeldException">What was written is not what was meant.</exception>
    public ResultFile? Write(
        JobLease lease, SourceSeries source, SegmentationOutcome outcome, ModelManifest manifest, DateTimeOffset createdAt)
    {
        SegResult result = SegWriter.Write(source, outcome.Labels, manifest.Labels, new SegProvenance
        {
            AlgorithmName = "VM-UNet",
            AlgorithmVersion = manifest.Version,
            WeightsSha256 = outcome.WeightsSha256,
            ModelName = manifest.Name,
            SoftwareVersion = Product.Version,
            CreatedAt = createdAt,
        });
        if (result is not SegResult.Written written)
        {
            return null;
        }
        string folder = Path.Combine(data.Value.DataFolder, Folder);
        Directory.CreateDirectory(folder);
        string name = $"{lease.SeriesJobId}-{lease.Fence}.seg.dcm";
        string path = Path.Combine(folder, name);
        string temporary = path + ".part";
        written.Save(temporary);
        if (OutgoingGate.Check(temporary, source, outcome.Labels, manifest.Labels) is GateVerdict.Held held)
        {
            throw new ResultHeldException(held.Reason);
        }
        string hash = FlushAndHash(temporary);
        File.Move(temporary, path, overwrite: true);
        DurableFolder.Flush(folder);
        return new ResultFile(written.SopInstanceUid, written.SeriesInstanceUid, $"{Folder}/{name}", hash);
    }

    /// <summary>Removes a result that got no row.</summary>
    public void Delete(ResultFile? file)
    {
        if (file is not null)
        {
            File.Delete(Path.Combine(data.Value.DataFolder, file.Path));
        }
    }

    private static string FlushAndHash(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        stream.Flush(flushToDisk: true);
        return hash;
    }
}
