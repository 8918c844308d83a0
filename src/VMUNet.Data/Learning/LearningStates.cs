namespace VMUNet.Data.Learning;

/// <summary>A patient's part in learning; drawn once and for ever.</summary>
public enum Split
{
    /// <summary>Gradient steps.</summary>
    Train,

    /// <summary>Checkpoint choice.</summary>
    Dev,

    /// <summary>Promotion gate only.</summary>
    Locked,
}

/// <summary>Where a curated case stands; only forward.</summary>
public enum CaseState
{
    /// <summary>Not yet.</summary>
    None,

    /// <summary>A SEG arrived.</summary>
    Received,

    /// <summary>It was read.</summary>
    Parsed,

    /// <summary>Its series and our SEG were found.</summary>
    Matched,

    /// <summary>The automatic checks hold; a curator decides.</summary>
    Checked,

    /// <summary>May teach.</summary>
    Accepted,

    /// <summary>A curator said no.</summary>
    Rejected,

    /// <summary>A newer correction of the same series replaced it.</summary>
    Superseded,

    /// <summary>Consent withdrawn, or erased.</summary>
    Withdrawn,

    /// <summary>Kept out because of its identity or its pixels.</summary>
    Quarantined,
}

/// <summary>Where a training run stands.</summary>
public enum TrainingState
{
    /// <summary>The child process runs.</summary>
    Running,

    /// <summary>A challenger was registered.</summary>
    Succeeded,

    /// <summary>No model came of it; the row says why.</summary>
    Failed,
}

/// <summary>What the gate, or a person, decided about a challenger.</summary>
public enum PromotionVerdict
{
    /// <summary>Passes; waits for a person.</summary>
    Eligible,

    /// <summary>Too few cases for a verdict.</summary>
    NoVerdict,

    /// <summary>The champion stays.</summary>
    Kept,

    /// <summary>A person made it champion.</summary>
    Promoted,

    /// <summary>A person said no.</summary>
    Rejected,
}

/// <summary>Status of a quality row, metrics vmunet-qa/1.</summary>
public enum QaStatus
{
    /// <summary>Both masks have voxels.</summary>
    Scored,

    /// <summary>Neither has; no numbers.</summary>
    BothEmpty,

    /// <summary>The organ was missed: DSC 0, no distances.</summary>
    PredictionEmpty,

    /// <summary>The organ was invented: DSC 0, no distances.</summary>
    ReferenceEmpty,

    /// <summary>The grids differ; the reason says how.</summary>
    NotComparable,
}
