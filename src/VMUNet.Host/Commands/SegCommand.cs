using System.CommandLine;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Model;
using LabelFile = VMUNet.Dicom.LabelFile;

namespace VMUNet.Host.Commands;

/// <summary><c>seg write</c> and <c>seg read</c>: labels to DICOM SEG and back, with the source series as the grid.</summary>
internal static class SegCommand
{
    public static Command Create(CommandRunner runner) =>
        new("seg", "Write given labels as DICOM SEG, or read a SEG back.") { Write(runner), Read(runner) };

    private static Command Write(CommandRunner runner)
    {
        var labels = new Argument<string>("LABELS") { Description = ".nii.gz, .png, or .raw (uint8 z,y,x) of the source's size." };
        var source = new Option<string>("--source") { Description = "Folder with the source series.", Required = true };
        var output = new Option<string>("--out") { Description = "SEG file to write.", Required = true };
        var task = new Option<string>("--task") { Description = "Task that gives the labels their meaning.", Required = true };
        var reviewer = new Option<string?>("--reviewer") { Description = "Name of the person who drew or corrected the labels." };
        var report = new Option<string?>("--report") { Description = "Also write a measurement report (DICOM SR)." };
        var picture = new Option<string?>("--picture") { Description = "Also write a picture with outlines (secondary capture)." };
        var labelMap = new Option<bool>("--label-map")
        {
            Description = "LABELMAP instead of BINARY: fewer readers, but exact in viewers that draw BINARY of odd sizes wrongly.",
        };
        var command = new Command("write", "A SEG of given labels.")
        {
            labels, source, output, task, reviewer, report, picture, labelMap,
        };
        return runner.On(command, (parsed, ct) =>
        {
            var organs = TaskDefinition.Get(parsed.GetRequiredValue(task)).Labels;
            var (content, series) = SourceFolder.ReadContent(parsed.GetRequiredValue(source), ct);
            var map = LabelFile.Read(parsed.GetRequiredValue(labels), series, organs);
            var path = parsed.GetRequiredValue(output);
            var provenance = SegOrigin.Reviewer(parsed.GetValue(reviewer), parsed.GetRequiredValue(task));
            var form = SegForm.Standard with { IsLabelMap = parsed.GetValue(labelMap) };
            if (SegWriter.Write(series, map, organs, provenance, form) is not SegResult.Written written)
            {
                throw new BadInputException("The labels hold no organ of the task, and a SEG without frames is not legal");
            }

            written.Save(path);
            ResultCompanions.Demand(OutgoingGate.Check(path, series, map, organs, form), path);
            IReadOnlyList<string> notes = content is SeriesContent.AsVolume volume ? volume.Notes : [];
            ResultCompanions.Write(content, series, map, organs, written, notes, provenance,
                parsed.GetValue(report), parsed.GetValue(picture));
            Report(runner.Terminal, path, written, map, organs);
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static Command Read(CommandRunner runner)
    {
        var seg = new Argument<string>("SEG") { Description = "The SEG file." };
        var source = new Option<string>("--source") { Description = "Folder with the source series.", Required = true };
        var output = new Option<string>("--out") { Description = ".nii.gz, .png or .raw file to write.", Required = true };
        var task = new Option<string?>("--task") { Description = "Task whose labels are read; by default one of the source's modality, else segment numbers." };
        var command = new Command("read", "Labels back on the source grid.") { seg, source, output, task };
        return runner.On(command, (parsed, ct) =>
        {
            var series = SourceFolder.ReadSource(parsed.GetRequiredValue(source), ct);
            var (name, content) = ReadAs(parsed.GetRequiredValue(seg), series, parsed.GetValue(task));
            LabelFile.Write(parsed.GetRequiredValue(output), content.Map);
            var document = new
            {
                task = name,
                output = parsed.GetRequiredValue(output),
                organs = content.Found.Select(o => o.Name),
                notes = content.Notes,
            };
            runner.Terminal.Result(document, people => people.MarkupLineInterpolated(
                $"{parsed.GetRequiredValue(output)}: {string.Join(", ", content.Found.Select(o => o.Name))}"));
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static (string? Task, SegContent.Labels Content) ReadAs(string seg, SourceSeries series, string? task)
    {
        if (!File.Exists(seg))
        {
            throw new BadInputException($"'{seg}' does not exist");
        }

        IReadOnlyList<TaskDefinition> tasks = task is null
            ? [.. TaskDefinition.All.OrderByDescending(t => t.Modality == series.Modality)]
            : [TaskDefinition.Get(task)];
        var refusals = new List<string>();
        foreach (var candidate in tasks)
        {
            switch (SegReader.Read(seg, series, candidate.Labels))
            {
                case SegContent.Labels labels:
                    return (candidate.Name, labels);
                case SegContent.Refused { Reason: RefusalReason.UnknownOrgan } when task is null
                    && SegReader.ReadSegments(seg, series) is SegContent.Labels numbers && candidate == tasks[^1]:
                    return (null, numbers);
                case SegContent.Refused refused:
                    refusals.Add($"as {candidate.Name}: {refused.Detail} ({refused.Reason})");
                    break;
            }
        }

        throw new BadInputException($"'{seg}' is refused. {string.Join(" ", refusals)}");
    }

    private static void Report(
        Terminal terminal, string path, SegResult.Written written, LabelMap map, IReadOnlyList<OrganLabel> organs)
    {
        var present = organs.Where(o => map.Labels.Contains(o.Value)).Select(o => o.Name).ToArray();
        var document = new
        {
            output = path,
            sop_instance_uid = written.SopInstanceUid,
            series_instance_uid = written.SeriesInstanceUid,
            segments = present,
        };
        terminal.Result(document, people => people.MarkupLineInterpolated($"{path}: {string.Join(", ", present)}"));
    }
}
