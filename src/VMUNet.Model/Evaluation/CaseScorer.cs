using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Model;

/// <summary>Reads a case, segments it with the segmenter that serves patients, and counts.</summary>
internal sealed class CaseScorer(LoadedModel model, TaskDefinition task, EvaluationOptions options)
{
    private readonly Segmenter _segmenter = new(withConfidence: options.WithReliability);
    private readonly Reliability _reliability = new();

    /// <summary>Whether a case is one table of pixels.</summary>
    public bool IsOneClass { get; } = task.Kind == TaskKind.Picture && task.Classes == 1;

    /// <summary>Probabilities of the cases so far; null when they were not asked for.</summary>
    public ReliabilityTable? Reliability => _reliability.Table();

    /// <summary>Scores one case.</summary>
    /// <exception cref="BadInputException">The case cannot be used.</exception>
    public ScoredCase Score(DataCase item, CancellationToken cancellationToken) =>
        task.Kind == TaskKind.Volume ? ScoreVolume(item, cancellationToken)
        : IsOneClass ? ScorePicture(item, cancellationToken)
        : ScoreOrgans(item, cancellationToken);

    private ScoredCase ScorePicture(DataCase item, CancellationToken cancellationToken)
    {
        var (picture, truth) = CaseFiles.ReadPicture(item, task);
        var outcome = _segmenter.Segment(model, picture, cancellationToken);
        if (outcome.Confidence is { } confidence)
        {
            _reliability.AddOneClass(confidence.Labels, truth.Labels);
        }

        var table = Confusion.Of(outcome.Labels.Labels, truth.Labels);
        if (table.Dsc is { } dsc)
        {
            options.Worst?.Offer(item.Name, dsc, null, picture, outcome.Labels, truth);
        }

        return new ScoredCase(
            new CaseFigures
            {
                Name = item.Name,
                Patient = item.Patient,
                Dsc = table.Dsc,
                Iou = table.Iou,
                Pixels = new PixelCounts(table.TruePositives, table.FalsePositives, table.FalseNegatives, table.TrueNegatives),
                Seconds = outcome.Seconds.Total,
            },
            table,
            options.WithPaper ? PaperProtocol.Compare(model, picture, truth) : null,
            null,
            null);
    }

    private ScoredCase ScoreVolume(DataCase item, CancellationToken cancellationToken)
    {
        var (volume, truth) = CaseFiles.ReadVolume(item, task);
        var outcome = _segmenter.Segment(model, volume, cancellationToken);
        var paper = options.WithPaper
            ? PaperMetrics.Score(PaperProtocol.Segment(model, volume, cancellationToken), truth, Values())
            : null;
        var geometry = volume.Geometry;
        var (scored, dsc) = Organs(item, outcome, truth, paper);
        if (dsc is { } mean)
        {
            options.Worst?.Offer(item.Name, mean, Note(scored), volume, outcome.Labels, truth);
        }

        return scored with
        {
            Figures = scored.Figures with
            {
                Slices = geometry.Slices,
                SpacingMm = geometry.Unit == LengthUnit.Millimetre ? [geometry.Spacing.Z, geometry.Spacing.Y, geometry.Spacing.X] : null,
            },
        };
    }

    private ScoredCase ScoreOrgans(DataCase item, CancellationToken cancellationToken)
    {
        var (picture, truth) = CaseFiles.ReadPicture(item, task);
        var outcome = _segmenter.Segment(model, picture, cancellationToken);
        var (scored, dsc) = Organs(item, outcome, truth, null);
        if (dsc is { } mean)
        {
            options.Worst?.Offer(item.Name, mean, Note(scored), picture, outcome.Labels, truth);
        }

        return scored;
    }

    private (ScoredCase Case, double? Dsc) Organs(
        DataCase item, SegmentationOutcome outcome, LabelMap truth, IReadOnlyDictionary<byte, PaperScore>? paper)
    {
        if (outcome.Confidence is { } confidence)
        {
            _reliability.AddLabels(confidence.Labels, outcome.Unclean!.Labels, truth.Labels);
        }

        var qa = new QaOptions { NsdTolerancesMm = [.. task.Labels.Select(task.NsdToleranceOf).Distinct()] };
        var scores = SegmentationQa.Score(outcome.Labels, truth, Values(), qa);
        var organs = task.Labels.ToDictionary(l => l.Name, l => Organ(l, scores[l.Value], paper is null ? null : paper[l.Value]));
        var present = scores.Values.Where(s => s.Dsc is not null).ToList();
        return (
            new ScoredCase(
                new CaseFigures { Name = item.Name, Patient = item.Patient, Organs = organs, Seconds = outcome.Seconds.Total },
                default, null, scores, paper),
            present.Count == 0 ? null : present.Average(s => s.Dsc!.Value));
    }

    private CaseOrgan Organ(OrganLabel label, OrganScore score, PaperScore? paper)
    {
        var isMm = score.Unit == LengthUnit.Millimetre;
        return new CaseOrgan
        {
            Status = score.Status.ToName(),
            Dsc = score.Dsc,
            Hd95Mm = isMm ? score.Hd95Mm : null,
            Nsd = isMm && score.Nsd.TryGetValue(task.NsdToleranceOf(label), out var nsd) ? nsd : null,
            Paper = paper is { } p ? new PaperOrgan(p.Dice, p.Hd95Voxels) : null,
        };
    }

    private static string Note(ScoredCase scored)
    {
        var worst = scored.Figures.Organs!.Where(o => o.Value.Dsc is not null).MinBy(o => o.Value.Dsc!.Value);
        return FormattableString.Invariant($"lowest: {worst.Key} {worst.Value.Dsc:0.000} ({worst.Value.Status})");
    }

    private byte[] Values() => [.. task.Labels.Select(l => l.Value)];
}
