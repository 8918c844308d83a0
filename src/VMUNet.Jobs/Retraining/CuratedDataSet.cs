using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Learning;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Jobs.Corrections;
using VMUNet.Model;

namespace VMUNet.Jobs.Retraining;

/// <summary>Writes frozen cases as a data set on disk (images/ with masks/ or labels/, patients.csv), from their DICOM files.</summary>
public sealed class CuratedDataSet(IOptions<PacsDataOptions> data)
{
    /// <summary>Writes the cases; returns how many. A case whose files no longer give the frozen hashes stops the run.</summary>
    /// <exception cref="BadInputException">A case cannot be read, or is not what was frozen.</exception>
    public int Write(string folder, IEnumerable<SnapshotItem> items, TaskDefinition task, CancellationToken ct)
    {
        string labels = task.Kind == TaskKind.Picture ? "masks" : "labels";
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        Directory.CreateDirectory(Path.Combine(folder, labels));
        var patients = new List<string> { "name,patient" };
        foreach (SnapshotItem item in items)
        {
            ct.ThrowIfCancellationRequested();
            string name = item.CaseUid.ToString("N");
            WriteCase(folder, name, item, task, ct);
            patients.Add($"{name},{item.PatientKey}");
        }
        File.WriteAllLines(Path.Combine(folder, "patients.csv"), patients);
        return patients.Count - 1;
    }

    private void WriteCase(string folder, string name, SnapshotItem item, TaskDefinition task, CancellationToken ct)
    {
        SeriesContent content = SeriesReader.Read([.. item.SourcePaths.Select(Full)], ct);
        switch (content)
        {
            case SeriesContent.AsPhotograph photo when task.Kind == TaskKind.Picture:
                LabelMap mask = Labels(item, photo.Source, task);
                PictureFile.WritePng(Path.Combine(folder, "images", name + ".png"), photo.Picture);
                PictureFile.WriteMaskPng(Path.Combine(folder, "masks", name + ".png"), mask);
                break;
            case SeriesContent.AsVolume volume when task.Kind == TaskKind.Volume:
                LabelMap map = Labels(item, volume.Source, task);
                NiftiFile.Write(Path.Combine(folder, "images", name + ".nii.gz"), volume.Volume);
                NiftiFile.Write(Path.Combine(folder, "labels", name + ".nii.gz"), map);
                break;
            case SeriesContent.Refused refused:
                throw new BadInputException($"Case {item.CaseUid} cannot be read any more: {refused.Detail}");
            default:
                throw new BadInputException($"Case {item.CaseUid} is no {task.Kind}, which task {task.Name} needs");
        }
    }

    private LabelMap Labels(SnapshotItem item, SourceSeries source, TaskDefinition task)
    {
        if (source.PixelDigest != item.PixelDigest)
        {
            throw new BadInputException($"Case {item.CaseUid}: the pixels are not those that were frozen");
        }
        return SegReader.Read(Full(item.SegPath), source, task.Labels) switch
        {
            SegContent.Labels labels when CorrectionScoring.HashOf(labels.Map) == item.MaskSha256 => labels.Map,
            SegContent.Labels => throw new BadInputException($"Case {item.CaseUid}: the mask is not the one that was frozen"),
            SegContent.Refused refused => throw new BadInputException(
                $"Case {item.CaseUid}: the correction cannot be read any more: {refused.Detail}"),
            _ => throw new InvalidOperationException("Unknown content"),
        };
    }

    private string Full(string relative) => Path.Combine(data.Value.DataFolder, relative);
}
