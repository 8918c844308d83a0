namespace VMUNet.Model;

/// <summary>A look at how far a run has come: scores on the dev split, the choice of weights, the curve, the early end.</summary>
internal sealed class DevLook(TrainingOptions options, DevScorer? dev, GradientStep networks, ModelWriter writer)
{
    /// <summary>Scores the weights, keeps them where they are the best so far, and writes the record.</summary>
    /// <returns>The new point of the curve.</returns>
    public TrainingPoint Take(TrainingState state, Schedule schedule, TimeSpan spent)
    {
        var counters = state.Counters;
        var size = schedule.SizeAt(counters.Step - 1);
        var loss = counters.LossSum / Math.Max(1, counters.LossCount);
        double? mean = null, raw = null;
        if (dev is not null)
        {
            mean = options.EmaDecay > 0 ? dev.Score(networks.Workers, networks.Layout, state.Mean, size) : null;
            raw = dev.Score(networks.Workers, networks.Layout, state.Weights, size);
        }

        Choose(state, mean, raw, loss, size);
        counters.Curve.Add(new TrainingPoint(counters.Step, (long)counters.Step * options.Batch, size, loss, mean, raw));
        var isOver = counters.Step >= schedule.Steps || counters.EndedEarly is not null;
        if (options.PatienceLooks > 0 && counters.LooksWithoutGain >= options.PatienceLooks && schedule.IsLastStage(counters.Step - 1) && !isOver)
        {
            counters.EndedEarly = $"no better score in {counters.LooksWithoutGain} looks";
        }

        writer.WriteRecord(state, spent);
        (counters.LossSum, counters.LossCount) = (0, 0);
        return counters.Curve[^1];
    }

    private void Choose(TrainingState state, double? mean, double? raw, double loss, int size)
    {
        var counters = state.Counters;
        if (options.Selection != WeightSelection.DevDsc)
        {
            loss = options.Selection == WeightSelection.DevLoss
                ? dev!.Loss(networks.Workers, networks.Layout, state.Weights, size, options.Recipe)
                : loss;
            Keep(state, counters.BestLoss is null || loss < counters.BestLoss, "raw", raw);
            counters.BestLoss = Math.Min(counters.BestLoss ?? loss, loss);
        }
        else if (raw is not null)
        {
            var takesMean = mean >= raw;
            var score = takesMean ? mean!.Value : raw.Value;
            Keep(state, counters.BestDsc is null || score > counters.BestDsc, takesMean ? "ema" : "raw", score);
        }
        else
        {
            Keep(state, true, options.EmaDecay > 0 ? "ema" : "raw", null);
        }
    }

    private void Keep(TrainingState state, bool isBetter, string which, double? score)
    {
        var counters = state.Counters;
        counters.LooksWithoutGain = isBetter ? 0 : counters.LooksWithoutGain + 1;
        if (!isBetter)
        {
            return;
        }

        (counters.BestDsc, counters.BestWeights, counters.BestStep) = (score, which, counters.Step);
        (which == "ema" ? state.Mean : state.Weights).CopyTo(state.Best, 0);
        if (dev is not null || options.Selection != WeightSelection.DevDsc)
        {
            writer.Write(state);
        }
    }
}
