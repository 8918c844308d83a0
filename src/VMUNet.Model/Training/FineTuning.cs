namespace VMUNet.Model;

/// <summary>The nightly recipe: few, careful steps from the anchor's weights on accepted cases beside rehearsal data.</summary>
public static class FineTuning
{
    private const double Rate = 1e-4;
    private const int WarmUp = 20;
    private const int Looks = 4;

    /// <summary>Options of a fine-tuning run at the size the anchor was trained last.</summary>
    /// <param name="anchorFolder">Last human-approved model; never last night's candidate.</param>
    /// <param name="rehearsalData">The frozen base data set; its train split fills half of each batch, its dev split chooses.</param>
    /// <param name="curatedData">Data set folder of the accepted cases.</param>
    /// <param name="output">Folder of the candidate.</param>
    /// <param name="images">Fixed budget in examples.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="manifestSha256">Hash of the snapshot that the caller froze; null to compute one from the files.</param>
    /// <exception cref="Imaging.BadInputException">The anchor is no model folder.</exception>
    public static TrainingOptions Options(
        string anchorFolder, string rehearsalData, string curatedData, string output, int images, int seed, string? manifestSha256)
    {
        var anchor = ModelFiles.ReadManifest(anchorFolder);
        const int Batch = 8;
        return new TrainingOptions
        {
            Task = anchor.Task,
            Data = rehearsalData,
            CuratedData = curatedData,
            InitialModel = anchorFolder,
            Out = output,
            Stages = [new TrainingStage(anchor.Preprocessing.Size, images)],
            Batch = Batch,
            PeakRate = Rate,
            WarmUpSteps = Math.Min(WarmUp, images / Batch / 2),
            DevEverySteps = Math.Max(1, images / Batch / Looks),
            Seed = seed,
            DataManifestSha256 = manifestSha256,
        };
    }
}
