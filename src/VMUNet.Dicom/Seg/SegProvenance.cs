namespace VMUNet.Dicom;

/// <summary>Who or what made the labels of a SEG.</summary>
public sealed record SegProvenance
{
    /// <summary>Name of the algorithm, at most 64 characters.</summary>
    public required string AlgorithmName { get; init; }

    /// <summary>Version of the model.</summary>
    public required string AlgorithmVersion { get; init; }

    /// <summary>SHA-256 of the weights file, lower-case hex.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Name of the model in the catalogue.</summary>
    public required string ModelName { get; init; }

    /// <summary>Version of this product.</summary>
    public required string SoftwareVersion { get; init; }

    /// <summary>Profile that the network computed with, fp32 or fast; null where no network did.</summary>
    public string? Precision { get; init; }

    /// <summary>When the labels were made; date and time are written as they stand here.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>True when a person drew or corrected the labels: written SEMIAUTOMATIC instead of AUTOMATIC.</summary>
    public bool IsReviewerCorrection { get; init; }

    /// <summary>The reviewer's name, written as content creator; null for the product's own name.</summary>
    public string? ReviewerName { get; init; }

    /// <summary>Identity of this installation, written as device serial number.</summary>
    public string InstanceId { get; init; } = "1";
}
