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
        TrainingOptionsCheck.Demand(options);
        using var run = new TrainingRun(options, progress, time, dicom);
        return run.Complete(cancellationToken);
    }

    /// <summary>Channels of the first stage of the network that these options train: those of the weights it starts from, if any.</summary>
    /// <exception cref="BadInputException">The weights to start from cannot be used.</exception>
    public static int WidthOf(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return StartingPoint.Of(options).Config.Dims[0];
    }
}

/// <summary>The numbers of a training left the finite range and did not return.</summary>
/// <param name="message">Step and what was seen.</param>
public sealed class TrainingFailedException(string message) : Exception(message);
