namespace VMUNet.Imaging.Metrics;

/// <summary>Whether a pair of masks could be scored, and if not, why (vmunet-qa/1).</summary>
public enum ScoreStatus
{
    /// <summary>Both masks hold voxels; all values exist.</summary>
    Scored,

    /// <summary>Neither mask holds a voxel; a true negative, left out of means.</summary>
    BothEmpty,

    /// <summary>The organ was missed: overlap 0, no distances.</summary>
    PredictionEmpty,

    /// <summary>The organ was invented: overlap 0, no distances.</summary>
    ReferenceEmpty,

    /// <summary>The grids differ or have no even spacing; nothing was resampled to make them fit.</summary>
    NotComparable,
}
