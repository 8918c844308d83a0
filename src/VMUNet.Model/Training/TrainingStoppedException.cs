namespace VMUNet.Model;

/// <summary>A run was asked to stop; its checkpoint is written, and the same options continue it.</summary>
public sealed class TrainingStoppedException : OperationCanceledException
{
    /// <summary>States where the run stands.</summary>
    public TrainingStoppedException(int step, int steps, string folder, CancellationToken cancellationToken)
        : base($"stopped after step {step} of {steps}; the checkpoint is in {folder}", cancellationToken) =>
        (Step, Steps, Folder) = (step, steps, folder);

    /// <summary>Steps done.</summary>
    public int Step { get; }

    /// <summary>Steps of the whole run.</summary>
    public int Steps { get; }

    /// <summary>Folder with the checkpoint.</summary>
    public string Folder { get; }
}
