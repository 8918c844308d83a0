using System.Text.Json;
using System.Text.Json.Serialization;

namespace VMUNet.Model;

/// <summary>What <c>data check</c> prints.</summary>
public sealed record DataCheckReport
{
    /// <summary>Name of the data set's folder.</summary>
    public required string Data { get; init; }

    /// <summary>Photographs or volumes.</summary>
    public required TaskKind Kind { get; init; }

    /// <summary>Task whose labels were expected; null when every task of the kind would do.</summary>
    public string? Task { get; init; }

    /// <summary>Cases with an image and labels.</summary>
    public required int Cases { get; init; }

    /// <summary>Cases of each split.</summary>
    public required IReadOnlyDictionary<string, int> Splits { get; init; }

    /// <summary>Each label value that occurs.</summary>
    public required IReadOnlyDictionary<string, LabelPresence> Labels { get; init; }

    /// <summary>Findings that training or evaluation would refuse, or that would make its figures wrong.</summary>
    public int Errors => Findings.Count(f => f.Severity == FindingSeverity.Error);

    /// <summary>Findings that a person should look at.</summary>
    public int Warnings => Findings.Count(f => f.Severity == FindingSeverity.Warning);

    /// <summary>Everything found, errors first.</summary>
    public required IReadOnlyList<DataFinding> Findings { get; init; }

    /// <summary>Hash over all cases' files; null when a case could not be read.</summary>
    [JsonPropertyName("manifest_sha256")]
    public string? ManifestSha256 { get; init; }

    /// <summary>Picture file that was written, if any.</summary>
    public string? ContactSheet { get; init; }

    /// <summary>The document of the command line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Options);
}

/// <summary>One label value in a data set.</summary>
/// <param name="Name">Its name in the task; null when the task does not know it.</param>
/// <param name="Cases">Cases that show it.</param>
/// <param name="Voxels">Pixels or voxels with it.</param>
public sealed record LabelPresence(string? Name, int Cases, long Voxels);

/// <summary>One thing that is wrong with a data set.</summary>
/// <param name="Severity">How bad.</param>
/// <param name="Kind">
/// <c>mismatched_size</c>, <c>empty_label</c>, <c>duplicate_pixels</c>, <c>near_duplicate</c>, <c>label_out_of_range</c>,
/// <c>patient_in_two_splits</c>, <c>missing_label</c>, <c>label_without_image</c>, <c>unreadable</c>, <c>name_twice</c>,
/// <c>unknown_name</c>, <c>listed_twice</c>, <c>unused_file</c>, <c>no_orientation</c> or <c>in_no_split</c>.
/// </param>
/// <param name="Cases">Cases concerned.</param>
/// <param name="Message">One sentence: what was expected, what came.</param>
public sealed record DataFinding(FindingSeverity Severity, string Kind, IReadOnlyList<string> Cases, string Message);

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Refused by training or evaluation, or it makes their figures wrong.</summary>
    Error,

    /// <summary>May be right; somebody should look.</summary>
    Warning,
}
