using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>What a model found in one image.</summary>
public sealed record SegmentationOutcome
{
    /// <summary>Labels on the grid of the image that was given.</summary>
    public required LabelMap Labels { get; init; }

    /// <summary>Name of the model.</summary>
    public required string ModelName { get; init; }

    /// <summary>Hash of its weights.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>How the network computed.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Wall time of each stage.</summary>
    public required SegmentationSeconds Seconds { get; init; }

    /// <summary>
    /// Probability of the label chosen (of the label itself for a one-class model) in 255ths, on the image's grid; null unless
    /// the segmenter was asked for it. It belongs to <see cref="Unclean"/>.
    /// </summary>
    public LabelMap? Confidence { get; init; }

    /// <summary>Labels before the clean-up; null unless the segmenter was asked for confidences.</summary>
    public LabelMap? Unclean { get; init; }

    /// <summary>What a reader should look at: organs that lost more than a fifth of their volume in the clean-up.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Wall time of the stages of one prediction.</summary>
/// <param name="Prepare">Orientation and intensities.</param>
/// <param name="Network">Resampling, network, way back.</param>
/// <param name="Finish">Clean-up and source orientation.</param>
public sealed record SegmentationSeconds(double Prepare, double Network, double Finish)
{
    /// <summary>Sum of the stages.</summary>
    public double Total => Prepare + Network + Finish;
}
