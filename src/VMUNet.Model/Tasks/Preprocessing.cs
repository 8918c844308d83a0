namespace VMUNet.Model;

/// <summary>How intensities become network input. Frozen with the weights; never estimated again when a model is fine-tuned.</summary>
public sealed record Preprocessing
{
    /// <summary>Which rule scales intensities to 0..1 before mean and deviation are applied.</summary>
    public required IntensityRule Intensity { get; init; }

    /// <summary>Lower end of the window in physical units (<see cref="IntensityRule.Window"/> only).</summary>
    public double? WindowLow { get; init; }

    /// <summary>Upper end of the window in physical units (<see cref="IntensityRule.Window"/> only).</summary>
    public double? WindowHigh { get; init; }

    /// <summary>Mean per channel, subtracted after scaling; null for the rules that take them from the image.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>Standard deviation per channel; null for the rules that take them from the image.</summary>
    public IReadOnlyList<float>? Deviation { get; init; }

    /// <summary>Slices that make up the channels: 1 repeats the slice, 3 takes it with its neighbours below and above.</summary>
    public int SlicesPerInput { get; init; } = 1;

    /// <summary>Side of the network input in pixels: the size trained last. Zero in a task that was never trained.</summary>
    public int Size { get; init; }
}

/// <summary>Rule that scales intensities to about 0..1.</summary>
public enum IntensityRule
{
    /// <summary>8-bit colour divided by 255, then fixed mean and deviation per channel.</summary>
    FixedColour,

    /// <summary>(clip(v, low, high) - low) / (high - low), then fixed mean and deviation.</summary>
    Window,

    /// <summary>
    /// A photograph scaled by its own darkest and brightest value, all colours together, to 0..255: the official code's way, for
    /// checkpoints that were trained by it.
    /// </summary>
    FullRangePerPicture,

    /// <summary>
    /// For images without a unit (MR): clip at the volume's 0.5th and 99.5th percentile, scale to 0..1, then mean and deviation of
    /// the voxels brighter than the volume's mean.
    /// </summary>
    RobustPerVolume,
}
