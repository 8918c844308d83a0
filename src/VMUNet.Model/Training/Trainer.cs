using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// Trains or fine-tunes a VM-UNet on the CPU. A run is decided by its options and data alone: the same seed gives the same weights bit
/// for bit, and a run that was stopped and continued equals one that was not.
/// </summary>
public static class Trainer
{
    /// <summary>Runs to the end, or continues from the checkpoint in the output folder.</summary>
    /// <param name="options">What to train.</param>
    /// <param name="progress">Receives a report every few steps; may be null.</param>
    /// <param name="time">Clock for progress and checkpoints; it does not influence the weights.</param>
    /// <param name="cancellationToken">Stops after the current step with a checkpoint written.</param>
    /// <param name="dicom">Reader of DICOM pairs; without one data of that layout is refused.</param>
    /// <exception cref="BadInputException">Options or data cannot be used.</exception>
    /// <exception cref="TrainingFailedException">The numbers left the finite range and did not return.</exception>
    /// <exception cref="TrainingStoppedException">Stopped; run again with the same options to continue.</exception>
    public static TrainingResult Run(
        TrainingOptions options,
        IProgress<TrainingProgress>? progress,
        TimeProvider time,
        CancellationToken cancellationToken,
        DicomCaseReader? dicom = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        Check(options);
        using var run = new TrainingRun(options, progress, time, dicom);
        return run.Complete(cancellationToken);
    }

    private static void Check(TrainingOptions options)
    {
        if (options.Stages.Count == 0 || options.Stages.Any(s => s.Size <= 0 || s.Size % 32 != 0 || (s.Images <= 0 && options.Epochs == 0)))
        {
            throw new BadInputException("Every training stage needs a size that is a multiple of 32 and at least one image.");
        }

        if (options.Batch <= 0 || options.Workers <= 0 || options.Batch % options.Workers != 0)
        {
            throw new BadInputException(
                $"A batch of {options.Batch} cannot be shared equally by {options.Workers} workers.");
        }

        if (options.InitialModel is not null && options.InitialCheckpoint is not null)
        {
            throw new BadInputException("A run starts from a model or from a checkpoint, not from both.");
        }

        if (options.BudgetMinutes is <= 0 || options.PatienceLooks < 0 || options.CheckpointMinutes <= 0)
        {
            throw new BadInputException("Budget and minutes between checkpoints must be above zero, patience not below.");
        }

        if (options.CuratedData is not null && options.RehearsalShare is < 0.5 or > 1)
        {
            throw new BadInputException(
                $"The rehearsal share is {options.RehearsalShare}; at least 0.5 and at most 1 is required with curated cases.");
        }
    }
}

/// <summary>The numbers of a training left the finite range and did not return.</summary>
/// <param name="message">Step and what was seen.</param>
public sealed class TrainingFailedException(string message) : Exception(message);
