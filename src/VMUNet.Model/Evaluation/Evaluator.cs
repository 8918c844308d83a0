using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Model;

/// <summary>Runs a model over a split and scores it on the source grid, with the same segmenter that serves patients.</summary>
public static class Evaluator
{
    private const double FailureDsc = 0.5;

    /// <summary>Evaluates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Labelled data of the model's kind.</param>
    /// <param name="split">Split name, or <see cref="DataSet.AllCases"/>.</param>
    /// <param name="progress">Called with (done, all) after each case; may be null.</param>
    /// <param name="cancellationToken">Looked at between cases and batches.</param>
    /// <exception cref="BadInputException">The data does not fit the model.</exception>
    public static EvaluationReport Evaluate(
        LoadedModel model, DataSet data, string split, Action<int, int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Kind != model.Manifest.Kind)
        {
            throw new BadInputException($"{data.Folder} holds {data.Kind} cases, but {model.Name} is for {model.Manifest.Kind}.");
        }

        var task = TaskDefinition.Get(model.Manifest.Task);
        var cases = data.Split(split);
        var segmenter = new Segmenter();
        var isOneClass = task.Kind == TaskKind.Picture && task.Classes == 1;
        var scored = new List<ScoredCase>();
        foreach (var item in cases)
        {
            cancellationToken.ThrowIfCancellationRequested();
            scored.Add(isOneClass
                ? ScorePicture(model, task, segmenter, item, cancellationToken)
                : ScoreOrgans(model, task, segmenter, item, cancellationToken));
            progress?.Invoke(scored.Count, cases.Count);
        }

        var report = new EvaluationReport
        {
            Model = model.Name,
            WeightsSha256 = model.WeightsSha256,
            Precision = model.Precision,
            Split = split,
            Cases = scored.Count,
            PerCase = [.. scored.Select(s => s.Figures)],
        };
        return isOneClass
            ? report with { Pooled = Pool(scored), PerImage = PerImage(scored) }
            : report with { Organs = Organs(task, scored), Mean = Mean(task, scored) };
    }

    private static ScoredCase ScorePicture(
        LoadedModel model, TaskDefinition task, Segmenter segmenter, DataCase item, CancellationToken cancellationToken)
    {
        var (picture, truth) = CaseFiles.ReadPicture(item, task);
        var outcome = segmenter.Segment(model, picture, cancellationToken);
        var table = Confusion.Of(outcome.Labels.Labels, truth.Labels);
        return new ScoredCase(
            new CaseFigures
            {
                Name = item.Name,
                Patient = item.Patient,
                Dsc = table.Dsc,
                Iou = table.Iou,
                Seconds = outcome.Seconds.Total,
            },
            table,
            null);
    }

    private static ScoredCase ScoreOrgans(
        LoadedModel model, TaskDefinition task, Segmenter segmenter, DataCase item, CancellationToken cancellationToken)
    {
        SegmentationOutcome outcome;
        LabelMap truth;
        if (task.Kind == TaskKind.Volume)
        {
            (var volume, truth) = CaseFiles.ReadVolume(item, task);
            outcome = segmenter.Segment(model, volume, cancellationToken);
        }
        else
        {
            (var picture, truth) = CaseFiles.ReadPicture(item, task);
            outcome = segmenter.Segment(model, picture, cancellationToken);
        }

        var scores = SegmentationQa.Score(outcome.Labels, truth, [.. task.Labels.Select(l => l.Value)]);
        var organs = task.Labels.ToDictionary(
            l => l.Name,
            l => new CaseOrgan
            {
                Status = NameOf(scores[l.Value].Status),
                Dsc = scores[l.Value].Dsc,
                Hd95Mm = scores[l.Value].Hd95Mm,
            });
        return new ScoredCase(
            new CaseFigures { Name = item.Name, Patient = item.Patient, Organs = organs, Seconds = outcome.Seconds.Total },
            default,
            scores);
    }

    private static PooledFigures Pool(List<ScoredCase> cases)
    {
        var all = cases.Aggregate(default(Confusion), (sum, c) => sum + c.Table);
        return new PooledFigures
        {
            Dsc = all.Dsc ?? 0,
            DscCi95 = Bootstrap.Interval95(
                cases.Count, draw => draw.Aggregate(default(Confusion), (sum, i) => sum + cases[i].Table).Dsc ?? 0),
            Iou = all.Iou ?? 0,
            Acc = all.Accuracy,
            Spe = all.Specificity,
            Sen = all.Sensitivity,
        };
    }

    private static PerImageFigures PerImage(List<ScoredCase> cases)
    {
        var values = cases.Where(c => c.Figures.Dsc is not null).Select(c => c.Figures.Dsc!.Value).ToArray();
        var sorted = values.Order().ToArray();
        return new PerImageFigures
        {
            DscMean = values.Length == 0 ? 0 : values.Average(),
            DscMedian = values.Length == 0 ? 0 : Bootstrap.Quantile(sorted, 0.5),
            DscCi95 = Bootstrap.Interval95(values.Length, draw => draw.Average(i => values[i])),
            BelowHalf = values.Count(v => v < FailureDsc),
        };
    }

    private static Dictionary<string, OrganFigures> Organs(TaskDefinition task, List<ScoredCase> cases) =>
        task.Labels.ToDictionary(l => l.Name, l =>
        {
            var scores = cases.Select(c => c.Scores![l.Value]).ToList();
            var counted = scores.Where(s => s.Dsc is not null).ToList();
            return new OrganFigures
            {
                DscMean = counted.Count == 0 ? null : counted.Average(s => s.Dsc!.Value),
                Hd95MmMean = counted.Any(s => s.Hd95Mm is not null) ? counted.Average(s => s.Hd95Mm) : null,
                N = counted.Count,
                Missed = scores.Count(s => s.Status == ScoreStatus.PredictionEmpty),
                Invented = scores.Count(s => s.Status == ScoreStatus.ReferenceEmpty),
            };
        });

    private static MeanFigures Mean(TaskDefinition task, List<ScoredCase> cases)
    {
        var organs = Organs(task, cases).Values;
        var ofCases = cases.Select(c => c.Scores!.Values.Where(s => s.Dsc is not null).Select(s => s.Dsc!.Value).ToList())
            .Where(d => d.Count > 0)
            .Select(d => d.Average())
            .ToList();
        return new MeanFigures
        {
            Dsc = organs.Average(o => o.DscMean),
            DscCaseRange = ofCases.Count == 0 ? null : [ofCases.Min(), ofCases.Max()],
            DscCi95 = Bootstrap.Interval95(
                cases.Count,
                draw => Organs(task, [.. draw.Select(i => cases[i])]).Values.Average(o => o.DscMean) ?? 0),
            Hd95Mm = organs.Average(o => o.Hd95MmMean),
        };
    }

    private static string NameOf(ScoreStatus status) => status switch
    {
        ScoreStatus.Scored => "scored",
        ScoreStatus.BothEmpty => "both_empty",
        ScoreStatus.PredictionEmpty => "prediction_empty",
        ScoreStatus.ReferenceEmpty => "reference_empty",
        _ => "not_comparable",
    };

    private sealed record ScoredCase(CaseFigures Figures, Confusion Table, IReadOnlyDictionary<byte, OrganScore>? Scores);
}
