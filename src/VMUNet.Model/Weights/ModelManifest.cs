using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Content of <c>model.json</c>: everything needed to use the weights beside it, and where they came from.</summary>
public sealed record ModelManifest
{
    /// <summary>Name of the model, the folder's name by custom.</summary>
    public required string Name { get; init; }

    /// <summary>Task it was trained for.</summary>
    public required string Task { get; init; }

    /// <summary>Version for people; the identity is <see cref="WeightsSha256"/>.</summary>
    public string Version { get; init; } = "1";

    /// <summary>Photograph or volume.</summary>
    public required TaskKind Kind { get; init; }

    /// <summary>DICOM modality it serves.</summary>
    public required string Modality { get; init; }

    /// <summary>Hash of the weights file's bytes, lower-case hexadecimal.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Network dimensions.</summary>
    public required ModelArchitecture Architecture { get; init; }

    /// <summary>Labels with codes and colours.</summary>
    public required IReadOnlyList<OrganLabel> Labels { get; init; }

    /// <summary>Intensities and network size.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>How answers become labels; null for the network's answers as they are.</summary>
    public PredictionRules? Prediction { get; init; }

    /// <summary>Clean-up per label.</summary>
    public IReadOnlyList<LabelRule> Postprocessing { get; init; } = [];

    /// <summary>Names of routes it may serve.</summary>
    public IReadOnlyList<string> Routes { get; init; } = [];

    /// <summary>Data, seed and code it came from.</summary>
    public required ModelProvenance Provenance { get; init; }

    /// <summary>What a lower precision may change before it is refused.</summary>
    public PrecisionGate PrecisionGate { get; init; } = new();
}

/// <summary>Network dimensions as the manifest carries them.</summary>
public sealed record ModelArchitecture
{
    /// <summary>Always <c>vm-unet</c>.</summary>
    public string Family { get; init; } = "vm-unet";

    /// <summary>Blocks per encoder stage.</summary>
    public required IReadOnlyList<int> Depths { get; init; }

    /// <summary>Blocks per decoder stage, deepest first.</summary>
    public required IReadOnlyList<int> DepthsDecoder { get; init; }

    /// <summary>Channels per stage.</summary>
    public required IReadOnlyList<int> Dims { get; init; }

    /// <summary>States per channel of the scan.</summary>
    public int DState { get; init; } = 16;

    /// <summary>Output channels.</summary>
    public required int Classes { get; init; }

    /// <summary>Input channels.</summary>
    public int InputChannels { get; init; } = 3;

    /// <summary>The dimensions of a network.</summary>
    internal static ModelArchitecture Of(ModelConfig config) => new()
    {
        Depths = config.Depths,
        DepthsDecoder = config.DepthsDecoder,
        Dims = config.Dims,
        DState = config.StateSize,
        Classes = config.Classes,
        InputChannels = config.InputChannels,
    };
}

/// <summary>Where weights came from.</summary>
public sealed record ModelProvenance
{
    /// <summary>Hash over the sorted lines of the training data (retraining.md section 7).</summary>
    public required string DataManifestSha256 { get; init; }

    /// <summary>Number of cases trained on.</summary>
    public required int TrainingCases { get; init; }

    /// <summary>Seed of the run.</summary>
    public required int Seed { get; init; }

    /// <summary>Version of the program that trained.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>Examples seen.</summary>
    public long Images { get; init; }

    /// <summary>Hash of the weights it started from; null for a random start.</summary>
    public string? InitialWeightsSha256 { get; init; }

    /// <summary>Hash of the checkpoint that was imported; null for a model trained here.</summary>
    public string? ImportedFromSha256 { get; init; }

    /// <summary>Score on the development split that chose these weights.</summary>
    public double? DevDsc { get; init; }

    /// <summary>Which weights were kept: <c>ema</c> (running mean), <c>raw</c>, or words that say how both were mixed.</summary>
    public string? Weights { get; init; }
}

/// <summary>Largest change of results that a faster precision may bring, and what it did bring.</summary>
public sealed record PrecisionGate
{
    /// <summary>Largest mean absolute difference of DSC.</summary>
    public double MaxDscDifference { get; init; } = 0.001;

    /// <summary>What the fast profile was found to change on the dev set: the largest of the organs' figures. Null: not measured.</summary>
    public double? MeasuredDscDifference { get; init; }

    /// <summary>Whether the fast profile may serve without being asked for: it was measured, and within the limit.</summary>
    public bool Allows() => MeasuredDscDifference <= MaxDscDifference;
}
