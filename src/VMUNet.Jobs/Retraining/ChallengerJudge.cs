using VMUNet.Data.Learning;
using VMUNet.Imaging.Metrics;
using VMUNet.Jobs.Promotion;
using VMUNet.Model;

namespace VMUNet.Jobs.Retraining;

/// <summary>Both models' figures on the locked cases.</summary>
public sealed record LockedFigures(IReadOnlyList<EvaluationRow> Challenger, IReadOnlyList<EvaluationRow> Champion)
{
    /// <summary>The same, paired by case and organ.</summary>
    public IReadOnlyList<PairedScore> Pairs()
    {
        var champion = Champion.ToDictionary(r => (r.CaseName, r.Organ));
        return [.. Challenger.Where(r => champion.ContainsKey((r.CaseName, r.Organ)))
            .Select(r => new PairedScore(r.Patient, r.Organ, r.Dsc, champion[(r.CaseName, r.Organ)].Dsc))];
    }
}

/// <summary>Runs champion and challenger over the locked cases, now, with the same code.</summary>
public static class ChallengerJudge
{
    /// <summary>Evaluates both models on every set. Synchronous tensor work: call it on a thread of its own.</summary>
    public static LockedFigures Evaluate(
        string challengerFolder, string championFolder, IReadOnlyList<(DataSet Data, string Split)> sets, CancellationToken ct)
    {
        using LoadedModel challenger = LoadedModel.Load(challengerFolder);
        using LoadedModel champion = LoadedModel.Load(championFolder);
        return new LockedFigures(
            [.. sets.SelectMany(s => Rows(Evaluator.Evaluate(challenger, s.Data, s.Split, null, ct), challenger.Manifest))],
            [.. sets.SelectMany(s => Rows(Evaluator.Evaluate(champion, s.Data, s.Split, null, ct), champion.Manifest))]);
    }

    private static IEnumerable<EvaluationRow> Rows(EvaluationReport report, ModelManifest manifest)
    {
        string unit = manifest.Kind == TaskKind.Picture ? "px" : "mm";
        foreach (CaseFigures one in report.PerCase)
        {
            if (one.Organs is null)
            {
                yield return new EvaluationRow
                {
                    CaseName = one.Name,
                    Patient = one.Patient,
                    Organ = manifest.Labels[0].Name,
                    Status = one.Dsc is null ? QaStatus.BothEmpty : QaStatus.Scored,
                    Dsc = one.Dsc,
                    Unit = unit,
                };
                continue;
            }
            foreach (var (organ, figures) in one.Organs)
            {
                yield return new EvaluationRow
                {
                    CaseName = one.Name,
                    Patient = one.Patient,
                    Organ = organ,
                    Status = StatusOf(figures.Status),
                    Dsc = figures.Dsc,
                    Hd95 = figures.Hd95Mm,
                    Unit = unit,
                };
            }
        }
    }

    private static QaStatus StatusOf(string name) =>
        Enum.GetValues<ScoreStatus>().First(s => s.ToName() == name) switch
        {
            ScoreStatus.Scored => QaStatus.Scored,
            ScoreStatus.BothEmpty => QaStatus.BothEmpty,
            ScoreStatus.PredictionEmpty => QaStatus.PredictionEmpty,
            ScoreStatus.ReferenceEmpty => QaStatus.ReferenceEmpty,
            _ => QaStatus.NotComparable,
        };
}
