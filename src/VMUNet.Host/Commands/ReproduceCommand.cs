using System.CommandLine;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>reproduce SEG</c>: makes a SEG of ours again from what it says about itself, and compares voxel for
/// voxel.</summary>
internal static class ReproduceCommand
{
    public static Command Create(CommandRunner runner)
    {
        var seg = new Argument<string>("SEG") { Description = "A SEG that this product made." };
        var source = new Option<string?>("--source")
        {
            Description = "Folder that holds the source images; by default the spool of the data folder.",
        };
        var command = new Command("reproduce", "Make a SEG again and say whether it is the same, voxel for voxel.")
        {
            seg, source, DataFolder.Option,
        };
        return runner.On(command, (parsed, ct) =>
        {
            var data = DataFolder.Of(parsed);
            var file = parsed.GetRequiredValue(seg);
            var (references, maker) = Origin(file);
            using var model = ModelOf(maker, data);
            runner.Terminal.Say($"model {model.Name} {model.Manifest.Version}, weights {model.WeightsSha256[..12]}, {maker.Precision}");
            var folder = parsed.GetValue(source) ?? Path.Combine(data, "spool");
            var files = FilesOf(references, folder);
            runner.Terminal.Say($"{files.Count} source images below {folder}");
            var comparison = Compare(file, references.IsPart, files, model, maker, ct);
            runner.Terminal.Result(comparison, people => people.MarkupLineInterpolated(
                $"{(comparison.Identical ? "identical, voxel for voxel" : string.Join("; ", comparison.Reasons))}"));
            return Task.FromResult(comparison.Identical ? ExitCode.Done : ExitCode.Failed);
        });
    }

    private static (SegReferences References, SegMaker Maker) Origin(string file)
    {
        var references = (File.Exists(file) ? SegReader.References(file) : null)
            ?? throw new BadInputException($"'{file}' is no readable SEG; expected one that this product made");
        if (references is { IsOurs: true, Maker: { WeightsSha256.Length: > 0 } maker })
        {
            return (references, maker);
        }

        throw new BadInputException($"SEG {references.SopInstanceUid} was not made by a model of this product (it was drawn or "
            + "corrected by a person, or comes from elsewhere), so it cannot be made again");
    }

    private static LoadedModel ModelOf(SegMaker maker, string data)
    {
        var known = Models.List(data);
        var fitting = known.Where(m => m.Manifest?.WeightsSha256 == maker.WeightsSha256).ToList();
        var best = fitting.Find(m => m.Manifest!.Name == maker.ModelName && m.Manifest.Version == maker.AlgorithmVersion)
            ?? fitting.FirstOrDefault();
        return best is not null
            ? LoadedModel.Load(best.Folder, PrecisionNames.Parse(maker.Precision))
            : throw new BadInputException($"The weights {maker.WeightsSha256} of model {maker.ModelName} "
                + $"{maker.AlgorithmVersion} are not here; of {known.Count} models none has them. Bring them in with model import");
    }

    /// <summary>The very instances that the SEG names: a series that grew since is cut back to them.</summary>
    private static List<string> FilesOf(SegReferences references, string folder)
    {
        var wanted = references.ReferencedInstanceUids.ToHashSet(StringComparer.Ordinal);
        var files = SeriesReader.InstancesIn(folder, references.ReferencedSeriesUid ?? "")
            .Where(i => wanted.Contains(i.SopInstanceUid)).ToList();
        var missing = wanted.Except(files.Select(f => f.SopInstanceUid)).ToList();
        return missing.Count == 0
            ? [.. files.DistinctBy(f => f.SopInstanceUid).Select(f => f.Path)]
            : throw new BadInputException($"{missing.Count} of {wanted.Count} source images are not below '{folder}' (first: "
                + $"{missing[0]}). Give the folder of series {references.ReferencedSeriesUid} with --source");
    }

    private static Comparison Compare(
        string file, bool isPart, IReadOnlyList<string> files, LoadedModel model, SegMaker maker, CancellationToken ct)
    {
        var segmenter = new Segmenter();
        var (source, outcome) = SeriesReader.Read(files, ct) switch
        {
            SeriesContent.AsVolume v => (v.Source, segmenter.Segment(model, v.Volume, ct)),
            SeriesContent.AsPhotograph p => (p.Source, segmenter.Segment(model, p.Picture, ct)),
            SeriesContent.Refused r => throw new BadInputException($"The source images are refused ({r.Reason}): {r.Detail}"),
            var other => throw new InvalidOperationException($"unknown content {other.GetType().Name}"),
        };
        var organs = model.Manifest.Labels;
        var then = SegReader.Read(file, source, organs) switch
        {
            SegContent.Labels labels => labels,
            SegContent.Refused r => throw new BadInputException($"The SEG is refused ({r.Reason}): {r.Detail}"),
            var other => throw new InvalidOperationException($"unknown content {other.GetType().Name}"),
        };
        // an object of several shows its own organs only: the others are no difference
        var shown = isPart ? then.Found.Select(o => o.Value).ToHashSet() : [.. organs.Select(o => o.Value)];
        var now = outcome.Labels.Labels.ToArray();
        foreach (ref var label in now.AsSpan())
        {
            label = shown.Contains(label) ? label : (byte)0;
        }
        var different = Different(then.Map.Labels, now);
        return new Comparison(different == 0, different, model.Name, model.Manifest.Version, model.WeightsSha256,
            [.. organs.Where(o => shown.Contains(o.Value)).Select(o => new OrganVoxels(
                o.Name, then.Map.Labels.Count(o.Value), now.AsSpan().Count(o.Value)))],
            different == 0 ? [] : Reasons(different, maker, model));
    }

    private static int Different(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var different = 0;
        for (var i = 0; i < a.Length; i++)
        {
            different += a[i] == b[i] ? 0 : 1;
        }

        return different;
    }

    private static List<string> Reasons(int different, SegMaker maker, LoadedModel model)
    {
        var reasons = new List<string> { $"{different} voxels differ" };
        if (maker.SoftwareVersion.Split('+')[0] != $"{SegWriter.Manufacturer} {SegOrigin.SoftwareVersion}")
        {
            reasons.Add($"it was made by {maker.SoftwareVersion}, this is {SegOrigin.SoftwareVersion}");
        }

        if (maker.ModelName != model.Name || maker.AlgorithmVersion != model.Manifest.Version)
        {
            reasons.Add($"it was made with {maker.ModelName} {maker.AlgorithmVersion}, whose weights are here under the name "
                + $"{model.Name} {model.Manifest.Version}: preprocessing or clean-up may differ");
        }

        if (reasons.Count == 1)
        {
            reasons.Add("weights, model, program and images are the same: the file was changed, or another processor rounds "
                + "differently");
        }

        return reasons;
    }

    private sealed record Comparison(bool Identical, int DifferentVoxels, string Model, string Version, string WeightsSha256,
        IReadOnlyList<OrganVoxels> Organs, IReadOnlyList<string> Reasons);

    private sealed record OrganVoxels(string Name, int InSeg, int Now);
}
