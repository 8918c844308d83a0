using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Model;
using LabelFile = VMUNet.Dicom.LabelFile;

namespace VMUNet.Host.Commands;

/// <summary><c>segment INPUT --model M --out DIR</c>: images to labels, DICOM to SEG.</summary>
internal static class SegmentCommand
{
    public static Command Create(CommandRunner runner)
    {
        var input = new Argument<string>("INPUT")
        {
            Description = "A DICOM file or folder, a .nii(.gz) volume, or a .jpg/.png photograph.",
        };
        var model = new Option<string>("--model") { Description = "Name or folder of the model.", Required = true };
        var folder = new Option<string>("--out") { Description = "Folder for the results.", Required = true };
        var raw = new Option<bool>("--labels-raw")
        {
            Description = "Also write NAME.labels.raw (uint8 z,y,x, slices ascending along the normal).",
        };
        var companions = new Option<bool>("--companions")
        {
            Description = "Also write NAME.report.dcm (measurements) and NAME.picture.dcm (outlines) for DICOM input.",
        };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:N.", DefaultValueFactory = _ => DeviceChoice.Auto };
        var precision = PrecisionOption.CreateAsServed();
        var command = new Command("segment", "Segment an image with a model.")
        {
            input, model, folder, raw, companions, device, precision, DataFolder.Option,
        };
        return runner.On(command, (parsed, ct) =>
        {
            var path = parsed.GetRequiredValue(input);
            var kind = InputFile.KindOf(path);
            using var loaded = PrecisionOption.Load(
                parsed, precision, Models.Resolve(parsed.GetRequiredValue(model), DataFolder.Of(parsed)), parsed.GetRequiredValue(device));
            var output = Directory.CreateDirectory(parsed.GetRequiredValue(folder)).FullName;
            var work = new SegmentWork(loaded, output, parsed.GetValue(raw), parsed.GetValue(companions), runner.Terminal);
            var results = kind switch
            {
                InputKind.Volume => [work.Volume(path, ct)],
                InputKind.Picture => [work.Picture(path, ct)],
                _ => work.Dicom(path, ct),
            };
            Report(runner.Terminal, loaded, results);
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static void Report(Terminal terminal, LoadedModel model, IReadOnlyList<SegmentResult> results)
    {
        var document = new { model = model.Name, weights_sha256 = model.WeightsSha256, precision = model.Precision, results };
        terminal.Result(document, people =>
        {
            var table = new Table().AddColumns("input", "result", "organs", "seconds");
            foreach (var result in results)
            {
                table.AddRow(
                    Markup.Escape(result.Input), Markup.Escape(result.Output ?? "nothing found, no SEG"),
                    Markup.Escape(string.Join(", ", result.Organs.Select(o => o.Name))), Figure.Seconds(result.Seconds));
            }

            people.Write(table);
        });
    }
}

/// <summary>One result as printed.</summary>
internal sealed record SegmentResult(
    string Input, string? Output, string? LabelsRaw, double Seconds, IReadOnlyList<SegmentedOrgan> Organs, IReadOnlyList<string> Notes)
{
    /// <summary>Bound of the memory for a DICOM volume, MiB, told before it is read.</summary>
    public long? MemoryBoundMb { get; init; }
}

/// <summary>One organ found. <paramref name="VolumeMl"/> is null for a photograph and for uneven or tilted slices.</summary>
internal sealed record SegmentedOrgan(int Label, string Name, long Voxels, double? VolumeMl);

/// <summary>The work of the command, one method a kind of input.</summary>
internal sealed class SegmentWork(
    LoadedModel model, string folder, bool isRawWanted, bool areCompanionsWanted, Terminal terminal)
{
    private readonly Segmenter _segmenter = new();

    public SegmentResult Volume(string path, CancellationToken ct)
    {
        var outcome = _segmenter.Segment(model, NiftiFile.Read(path), ct);
        var output = Path.Combine(folder, InputName.Of(path) + ".labels.nii.gz");
        NiftiFile.Write(output, outcome.Labels);
        return Result(path, InputName.Of(path), output, outcome, []);
    }

    public SegmentResult Picture(string path, CancellationToken ct)
    {
        var outcome = _segmenter.Segment(model, PictureFile.Read(path), ct);
        var output = Path.Combine(folder, InputName.Of(path) + ".png");
        PictureFile.WriteMaskPng(output, outcome.Labels);
        return Result(path, InputName.Of(path), output, outcome, []);
    }

    public IReadOnlyList<SegmentResult> Dicom(string path, CancellationToken ct)
    {
        var groups = SeriesReader.GroupBySeries(SeriesReader.FilesIn(path));
        if (groups.Count == 0)
        {
            throw new BadInputException($"'{path}' holds no DICOM file");
        }

        var results = new List<SegmentResult>();
        for (var n = 0; n < groups.Count; n++)
        {
            var suffix = groups.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{n + 1}");
            terminal.Say($"series {n + 1} of {groups.Count}: {groups[n].Count} files");
            results.Add(Series(path, InputName.Of(path) + suffix, groups[n], ct));
        }

        return results;
    }

    private SegmentResult Series(string path, string name, IReadOnlyList<string> files, CancellationToken ct)
    {
        MemoryBound? bound = null;
        using var budget = new MemoryBudget
        {
            Organs = model.Manifest.Labels.Count,
            Announce = b =>
            {
                bound = b;
                terminal.Say($"memory: {b}");
            },
        };
        var content = SeriesReader.Read(files, budget, ct);
        var (outcome, source, notes) = content switch
        {
            SeriesContent.AsVolume v => (_segmenter.Segment(model, v.Volume, ct), v.Source, v.Notes),
            SeriesContent.AsPhotograph p => (_segmenter.Segment(model, p.Picture, ct), p.Source, []),
            SeriesContent.Refused r => throw new BadInputException($"'{path}' is refused ({r.Reason}): {r.Detail}"),
            var other => throw new InvalidOperationException($"unknown content {other.GetType().Name}"),
        };
        string? output = null;
        var provenance = SegOrigin.Model(model);
        var written = SegWriter.Write(source, outcome.Labels, model.Manifest.Labels, provenance) as SegResult.Written;
        if (written is not null)
        {
            output = Path.Combine(folder, name + ".seg.dcm");
            written.Save(output);
            ResultCompanions.Demand(OutgoingGate.Check(output, source, outcome.Labels, model.Manifest.Labels), output);
        }

        ResultCompanions.Write(content, source, outcome.Labels, model.Manifest.Labels, written, [.. notes, .. outcome.Notes],
            provenance, areCompanionsWanted ? Path.Combine(folder, name + ".report.dcm") : null,
            areCompanionsWanted ? Path.Combine(folder, name + ".picture.dcm") : null);
        return Result(path, name, output, outcome, notes) with { MemoryBoundMb = bound?.MegaBytes };
    }

    private SegmentResult Result(
        string input, string name, string? output, SegmentationOutcome outcome, IReadOnlyList<string> notes)
    {
        string? raw = null;
        if (isRawWanted)
        {
            raw = Path.Combine(folder, name + ".labels.raw");
            LabelFile.Write(raw, outcome.Labels);
        }

        return new SegmentResult(
            input, output, raw, Math.Round(outcome.Seconds.Total, 3), Organs(outcome.Labels), [.. notes, .. outcome.Notes]);
    }

    private List<SegmentedOrgan> Organs(LabelMap labels)
    {
        var spacing = labels.Geometry.Spacing;
        var millilitres = spacing.Z * spacing.Y * spacing.X / 1000;
        var hasVolumes = labels.Geometry is { Unit: LengthUnit.Millimetre, IsRegular: true };
        return [.. model.Manifest.Labels
            .Select(o => (Organ: o, Voxels: (long)labels.Labels.Count(o.Value)))
            .Where(o => o.Voxels > 0)
            .Select(o => new SegmentedOrgan(
                o.Organ.Value, o.Organ.Name, o.Voxels, hasVolumes ? Math.Round(o.Voxels * millilitres, 3) : null))];
    }
}
