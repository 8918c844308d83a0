namespace VMUNet.Model;

/// <summary>Whose way of training is followed.</summary>
public enum TrainingRecipe
{
    /// <summary>Our own, see docs/training.md.</summary>
    Own,

    /// <summary>The official one for ISIC 2017 and 2018.</summary>
    Isic,

    /// <summary>The official one for the Synapse abdomen.</summary>
    Synapse,
}

/// <summary>Which weights of a run are kept.</summary>
public enum WeightSelection
{
    /// <summary>Best DSC on the dev split, of raw weights and running mean; the last ones without a dev split.</summary>
    DevDsc,

    /// <summary>Lowest mean loss on the dev split (official, ISIC).</summary>
    DevLoss,

    /// <summary>Lowest mean training loss of an epoch (official, Synapse).</summary>
    TrainingLoss,
}

/// <summary>
/// The settings of the official recipes (repository commit 43c495b), to the letter but for three defects: ISIC's random angle is
/// drawn for every example instead of once a run, a picture of one colour is not divided by zero, and the split that chooses the
/// weights is not the one that reports them.
/// </summary>
public static class TrainingRecipes
{
    private const int Epochs = 300;

    /// <summary>Gives a run the settings of a recipe; folders, seed, task and start stay.</summary>
    /// <param name="options">The run.</param>
    /// <param name="recipe">Whose way; <see cref="TrainingRecipe.Own"/> changes nothing.</param>
    public static TrainingOptions With(TrainingOptions options, TrainingRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(options);
        return recipe switch
        {
            TrainingRecipe.Isic => Official(options, recipe) with
            {
                Stages = [new TrainingStage(256, 0)],
                CosineEpochs = 50,
                Selection = WeightSelection.DevLoss,
            },
            TrainingRecipe.Synapse => Official(options, recipe) with
            {
                Stages = [new TrainingStage(224, 0)],
                CosineEpochs = 100,
                Selection = WeightSelection.TrainingLoss,
                DevSplit = null,
                Workers = 1, // the Dice term is over the whole batch at once
            },
            _ => options,
        };
    }

    private static TrainingOptions Official(TrainingOptions options, TrainingRecipe recipe) => options with
    {
        Recipe = recipe,
        Epochs = Epochs,
        Dims = [96, 192, 384, 768],
        Depths = [2, 2, 2, 2],
        DepthsDecoder = [2, 2, 2, 1],
        DropPathRate = 0.2,
        Batch = 32,
        PeakRate = 1e-3,
        FinalRateShare = 0.01,
        WarmUpSteps = 0,
        WeightDecay = 1e-2,
        DecayEverything = true,
        ClipNorm = 0,
        EmaDecay = 0,
        PatienceLooks = 0, // all 300 epochs: a rate that swings up again makes long stretches without gain
    };
}
