using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Runs a model over a split and scores it on the source grid, with the same segmenter that serves patients.</summary>
public static class Evaluator
{
    /// <summary>Evaluates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Labelled data of the model's kind.</param>
    /// <param name="split">Split name, or <see cref="DataSet.AllCases"/>.</param>
    /// <param name="progress">Called with (done, all) after each case; may be null.</param>
    /// <param name="cancellationToken">Looked at between cases and batches.</param>
    /// <param name="options">The papers' numbers, reliability, pictures; none of them by default.</param>
    /// <exception cref="BadInputException">The data does not fit the model.</exception>
    public static EvaluationReport Evaluate(
        LoadedModel model,
        DataSet data,
        string split,
        Action<int, int>? progress,
        CancellationToken cancellationToken,
        EvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        data.DemandKindOf(TaskDefinition.Get(model.Manifest.Task));
        return Evaluate(model, data.Split(split), split, options ?? new EvaluationOptions(), progress, cancellationToken);
    }

    internal static EvaluationReport Evaluate(
        LoadedModel model,
        IReadOnlyList<DataCase> cases,
        string split,
        EvaluationOptions options,
        Action<int, int>? progress,
        CancellationToken cancellationToken)
    {
        var task = TaskDefinition.Get(model.Manifest.Task);
        var scorer = new CaseScorer(model, task, options);
        var scored = new List<ScoredCase>();
        foreach (var item in cases)
        {
            cancellationToken.ThrowIfCancellationRequested();
            scored.Add(scorer.Score(item, cancellationToken));
            progress?.Invoke(scored.Count, cases.Count);
        }

        var report = new EvaluationReport
        {
            Model = model.Name,
            WeightsSha256 = model.WeightsSha256,
            Precision = model.Precision,
            Split = split,
            Cases = scored.Count,
            Paper = options.WithPaper ? Aggregate.Paper(task, scored) : null,
            Reliability = options.WithReliability ? scorer.Reliability : null,
            PerCase = [.. scored.Select(s => s.Figures)],
        };
        return scorer.IsOneClass
            ? report with { Pooled = Aggregate.Pool([.. scored.Select(s => s.Table)]), PerImage = Aggregate.PerImage(scored) }
            : report with { Organs = Aggregate.Organs(task, scored), Mean = Aggregate.Mean(task, scored) };
    }
}
