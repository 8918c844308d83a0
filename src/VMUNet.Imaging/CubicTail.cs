namespace VMUNet.Imaging;

/// <summary>What a cubic resampling does with a last row or column whose coordinate rounding puts outside the image.</summary>
public enum CubicTail
{
    /// <summary>Takes the edge, and edge values lie beyond the image (scipy's mode nearest); the behaviour to use.</summary>
    Edge,

    /// <summary>Leaves zeros, and the image is mirrored beyond its edge (scipy's default mode); only for the papers' numbers.</summary>
    PaperZero,
}
