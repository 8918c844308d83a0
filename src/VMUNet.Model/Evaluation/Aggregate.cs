using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Model;

/// <summary>Figures of many cases from those of each.</summary>
internal static class Aggregate
{
    private const double FailureDsc = 0.5;

    private static readonly (string Name, Func<Confusion, double?> Of)[] s_metrics =
    [
        ("dsc", t => t.Dsc),
        ("iou", t => t.Iou),
        ("acc", t => t.Accuracy),
        ("spe", t => t.TrueNegatives + t.FalsePositives == 0 ? null : t.Specificity),
        ("sen", t => t.TruePositives + t.FalseNegatives == 0 ? null : t.Sensitivity),
    ];

    /// <summary>All pixels in one table, with an interval over the pictures.</summary>
    public static PooledFigures Pool(IReadOnlyList<Confusion> tables)
    {
        var all = tables.Aggregate(default(Confusion), (sum, t) => sum + t);
        var intervals = tables.Count < 2 ? null : s_metrics.ToDictionary(
            m => m.Name,
            m => Bootstrap.Interval95(tables.Count, draw => m.Of(draw.Aggregate(default(Confusion), (sum, i) => sum + tables[i])) ?? 0)!);
        return new PooledFigures
        {
            Dsc = all.Dsc ?? 0,
            DscCi95 = intervals?["dsc"],
            Ci95 = intervals,
            Iou = all.Iou ?? 0,
            Acc = all.Accuracy,
            Spe = all.Specificity,
            Sen = all.Sensitivity,
        };
    }

    /// <summary>Distribution over the pictures.</summary>
    public static PerImageFigures PerImage(IReadOnlyList<ScoredCase> cases)
    {
        var values = cases.Where(c => c.Figures.Dsc is not null).Select(c => c.Figures.Dsc!.Value).ToArray();
        var metrics = s_metrics.ToDictionary(m => m.Name, m => Distributed([.. cases.Select(c => m.Of(c.Table)).OfType<double>()]));
        return new PerImageFigures
        {
            DscMean = values.Length == 0 ? 0 : values.Average(),
            DscMedian = Median(values) ?? 0,
            DscCi95 = Bootstrap.Interval95(values.Length, draw => draw.Average(i => values[i])),
            BelowHalf = values.Count(v => v < FailureDsc),
            Metrics = metrics.Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value!),
        };
    }

    private static Distribution? Distributed(double[] values) => values.Length == 0 ? null : new Distribution(
        values.Average(),
        Bootstrap.Interval95(values.Length, draw => draw.Average(i => values[i])),
        Median(values)!.Value,
        Bootstrap.Interval95(values.Length, draw => Median([.. draw.Select(i => values[i])])!.Value),
        values.Length);

    /// <summary>Figures of each organ.</summary>
    public static Dictionary<string, OrganFigures> Organs(TaskDefinition task, IReadOnlyList<ScoredCase> cases) =>
        task.Labels.ToDictionary(l => l.Name, l => Organ([.. cases.Select(c => c.Scores![l.Value])], task.NsdToleranceOf(l)));

    /// <summary>Means over the organs.</summary>
    public static MeanFigures Mean(TaskDefinition task, IReadOnlyList<ScoredCase> cases)
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
            DscCi95 = Bootstrap.Interval95(cases.Count, draw => MeanOfOrgans(task, cases, draw) ?? 0),
            Hd95Mm = organs.Average(o => o.Hd95MmMean),
            Hd95MmPenalised = organs.Average(o => o.Hd95MmPenalised),
            Nsd = organs.Average(o => o.NsdMean),
        };
    }

    /// <summary>The papers' means: over the cases, then over the organs, empty organs as they count them.</summary>
    public static PaperFigures Paper(TaskDefinition task, IReadOnlyList<ScoredCase> cases)
    {
        if (cases.Any(c => c.PaperTable is not null))
        {
            return new PaperFigures
            {
                Convention = "vm-unet-isic/256",
                Pooled256 = Pool([.. cases.Select(c => c.PaperTable!.Value)]),
            };
        }

        var organs = task.Labels.Where(_ => cases.Any(c => c.PaperScores is not null)).ToDictionary(
            l => l.Name,
            l => new PaperOrgan(
                cases.Average(c => c.PaperScores![l.Value].Dice), cases.Average(c => c.PaperScores![l.Value].Hd95Voxels)));
        return new PaperFigures
        {
            Convention = PaperMetrics.Convention,
            Organs = organs,
            Mean = organs.Count == 0
                ? null
                : new PaperOrgan(organs.Values.Average(o => o.Dice), organs.Values.Average(o => o.Hd95Vox)),
        };
    }

    private static OrganFigures Organ(OrganScore[] scores, double tolerance)
    {
        var counted = scores.Where(s => s.Dsc is not null).ToList();
        var values = counted.Select(s => s.Dsc!.Value).ToArray();
        var isMm = scores.All(s => s.Unit == LengthUnit.Millimetre);
        var measured = isMm ? counted.Where(s => s.Hd95Mm is not null).ToList() : [];
        var judged = isMm ? counted.Where(s => s.Status != ScoreStatus.Scored || s.Hd95Mm is not null).ToList() : [];
        return new OrganFigures
        {
            DscMean = values.Length == 0 ? null : values.Average(),
            DscMedian = Median(values),
            DscCi95 = Bootstrap.Interval95(values.Length, draw => draw.Average(i => values[i])),
            Hd95MmMean = measured.Count == 0 ? null : measured.Average(s => s.Hd95Mm),
            Hd95MmPenalised = judged.Count == 0 ? null : judged.Average(s => s.Hd95Mm ?? s.GridDiagonalMm),
            NsdMean = judged.Count == 0 ? null : judged.Average(s => s.Nsd.GetValueOrDefault(tolerance)),
            NsdTauMm = isMm ? tolerance : null,
            N = counted.Count,
            Missed = scores.Count(s => s.Status == ScoreStatus.PredictionEmpty),
            Invented = scores.Count(s => s.Status == ScoreStatus.ReferenceEmpty),
            Scored = scores.Count(s => s.Status == ScoreStatus.Scored),
            BothEmpty = scores.Count(s => s.Status == ScoreStatus.BothEmpty),
            NotComparable = scores.Count(s => s.Status == ScoreStatus.NotComparable),
        };
    }

    private static double? MeanOfOrgans(TaskDefinition task, IReadOnlyList<ScoredCase> cases, int[] draw)
    {
        double total = 0;
        var organs = 0;
        foreach (var label in task.Labels)
        {
            double sum = 0;
            var count = 0;
            foreach (var i in draw)
            {
                if (cases[i].Scores![label.Value].Dsc is { } dsc)
                {
                    (sum, count) = (sum + dsc, count + 1);
                }
            }

            if (count > 0)
            {
                (total, organs) = (total + sum / count, organs + 1);
            }
        }

        return organs == 0 ? null : total / organs;
    }

    private static double? Median(double[] values) => values.Length == 0 ? null : Bootstrap.Quantile([.. values.Order()], 0.5);
}
