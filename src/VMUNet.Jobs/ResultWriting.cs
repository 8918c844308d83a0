using VMUNet.Data.Processing;
using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Jobs;

/// <summary>One result on its way to files: the record, and what destinations take in forms of their own, each object
/// written and checked once however many destinations get it.</summary>
/// <param name="result">The result.</param>
/// <param name="provenance">Who made it.</param>
/// <param name="save">Saves an object under a name, if the gate lets it pass.</param>
internal sealed class ResultWriting(
    FinishedResult result, SegProvenance provenance, Func<ResultObject, string, Func<string, GateVerdict>, ResultFile> save)
{
    private readonly List<ResultFile> _written = [];
    private readonly List<CompanionFile> _companions = [];
    private readonly Dictionary<SegForm, Variant> _variants = [];
    private SegResult.Written? _record;
    private ResultFile? _picture;

    private SourceSeries Source => result.Source;

    private LabelMap Labels => result.Outcome.Labels;

    private IReadOnlyList<OrganLabel> Organs => result.Manifest.Labels;

    /// <summary>Files so far, for whoever has to remove them.</summary>
    public IReadOnlyList<ResultFile> Written => _written;

    /// <summary>Writes all.</summary>
    /// <exception cref="ResultHeldException">An object is not what was meant.</exception>
    public WrittenResult Run()
    {
        _record = SegWriter.Write(Source, Labels, Organs, provenance) as SegResult.Written;
        var seg = _record is null ? null : Keep(_record.ToObject(), "seg",
            path => OutgoingGate.Check(path, Source, Labels, Organs));
        _variants[SegForm.Standard] = new Variant("", _record is null ? [] : [_record], [null], null);
        List<PlannedDelivery> deliveries = [.. result.Destinations.SelectMany(Plan)];
        return new WrittenResult(seg, _companions, deliveries);
    }

    private IEnumerable<PlannedDelivery> Plan(Destination destination)
    {
        var form = _record is null
            ? SegForm.Standard
            : destination.Form.For(Source, _record.Frames, _record.Segments.Count);
        var variant = VariantOf(form);
        if (destination.Objects.HasFlag(ResultParts.Seg))
        {
            foreach (var file in variant.Files)
            {
                yield return new PlannedDelivery(destination.Name, ResultKind.Seg, variant.Objection)
                {
                    File = file,
                    Form = variant.Name,
                };
            }
        }
        if (destination.Objects.HasFlag(ResultParts.Report))
        {
            yield return new PlannedDelivery(destination.Name, ResultKind.Report) { File = ReportOf(variant) };
        }
        if (destination.Objects.HasFlag(ResultParts.Picture))
        {
            yield return new PlannedDelivery(destination.Name, ResultKind.Picture) { File = PictureFile() };
        }
    }

    private Variant VariantOf(SegForm form)
    {
        if (_variants.TryGetValue(form, out var known))
        {
            return known;
        }
        var variant = SegSet.Write(Source, Labels, Organs, provenance, form) switch
        {
            SegSet.Impossible impossible => new Variant("", [_record!], [null], impossible.Reason),
            SegSet.Written set => new Variant(form.Describe(set.Parts.Count), [.. set.Parts.Select(p => p.Seg)],
                [.. set.Parts.Select((part, i) => KeepPart(part, form, i + 1))], null),
            var other => throw new InvalidOperationException($"Unknown set {other}"),
        };
        return _variants[form] = variant;
    }

    private ResultFile KeepPart(SegPart part, SegForm form, int number)
    {
        var file = Keep(part.Seg.ToObject(), $"seg-{_variants.Count}-{number}",
            path => OutgoingGate.Check(path, Source, part.Labels, Organs, form));
        _companions.Add(new CompanionFile(ResultKind.Seg, file));
        return file;
    }

    /// <summary>A report names the very objects that its destination gets.</summary>
    private ResultFile ReportOf(Variant variant)
    {
        if (variant.Report is null)
        {
            variant.Report = Keep(
                ReportWriter.Write(Source, result.Measurements, variant.Segs, result.Notes, provenance),
                _companions.Exists(c => c.Kind == ResultKind.Report) ? $"report-{_companions.Count}" : "report",
                path => OutgoingGate.CheckReport(path, Source, result.Measurements, variant.Segs));
            _companions.Add(new CompanionFile(ResultKind.Report, variant.Report));
        }
        return variant.Report;
    }

    /// <summary>Null when nothing was found.</summary>
    private ResultFile? PictureFile()
    {
        if (_picture is null && _record is not null)
        {
            var (picture, slices) = Draw();
            _picture = Keep(CaptureWriter.Write(Source, picture, slices, provenance), "picture",
                path => OutgoingGate.CheckPicture(path, Source, picture));
            _companions.Add(new CompanionFile(ResultKind.Picture, _picture));
        }
        return _picture;
    }

    private (Picture Picture, IReadOnlyList<int> Slices) Draw()
    {
        string model = $"{result.Manifest.Name} {result.Manifest.Version}";
        return result.Content switch
        {
            SeriesContent.AsVolume volume => ResultPicture.Draw(
                volume.Volume, Source.Modality == "CT", Labels, result.Measurements, model),
            SeriesContent.AsPhotograph photo => (
                ResultPicture.Draw(photo.Picture, Labels, result.Measurements, model), [0]),
            _ => throw new InvalidOperationException($"Unknown content {result.Content}"),
        };
    }

    private ResultFile Keep(ResultObject file, string kind, Func<string, GateVerdict> check)
    {
        _written.Add(save(file, kind, check));
        return _written[^1];
    }

    /// <summary>A result in one form. A null file is the record's own.</summary>
    private sealed class Variant(
        string name, IReadOnlyList<SegResult.Written> segs, IReadOnlyList<ResultFile?> files, string? objection)
    {
        public string Name => name;

        public IReadOnlyList<SegResult.Written> Segs => segs;

        public IReadOnlyList<ResultFile?> Files => files;

        public string? Objection => objection;

        public ResultFile? Report { get; set; }
    }
}
