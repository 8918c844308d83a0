using VMUNet.Data.Processing;

namespace VMUNet.Data.Learning;

/// <summary>One accepted case, frozen into a snapshot. Paths are relative to the data folder.</summary>
public sealed record SnapshotItem
{
    /// <summary>Row of the case.</summary>
    public required long CuratedCaseId { get; init; }

    /// <summary>Its name outside the database.</summary>
    public required Guid CaseUid { get; init; }

    /// <summary>Which correction of its series it is, from 1.</summary>
    public required int Revision { get; init; }

    /// <summary>Keyed hash of the patient.</summary>
    public required string PatientKey { get; init; }

    /// <summary>The patient's split.</summary>
    public required Split Split { get; init; }

    /// <summary>Hash of the decoded pixels.</summary>
    public required string PixelDigest { get; init; }

    /// <summary>Hash of the label map.</summary>
    public required string MaskSha256 { get; init; }

    /// <summary>The reviewer's SEG.</summary>
    public required string SegPath { get; init; }

    /// <summary>The source series' files.</summary>
    public required IReadOnlyList<string> SourcePaths { get; init; }

    /// <summary>Its line of the manifest: case-uid revision pixels mask split.</summary>
    public string ManifestLine => $"{CaseUid} {Revision} {PixelDigest} {MaskSha256} {Split.ToString().ToLowerInvariant()}";
}

/// <summary>The accepted cases of a task at one moment; equal content gives the equal row, whatever the order.</summary>
public sealed record DatasetFreeze(long DatasetSnapshotId, string ManifestSha256, IReadOnlyList<SnapshotItem> Items);

/// <summary>What the schedule looks at. <paramref name="NewPatients"/>: accepted since the last run began.</summary>
public sealed record RetrainNeed(int NewPatients, DateTimeOffset? LastStartedAt);

/// <summary>A run that is about to begin.</summary>
public sealed record NewTrainingRun
{
    /// <summary>Task trained for.</summary>
    public required string Task { get; init; }

    /// <summary>The anchor that it starts from.</summary>
    public required long BaseModelVersionId { get; init; }

    /// <summary>Its data.</summary>
    public required long DatasetSnapshotId { get; init; }

    /// <summary>Version of this program.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>All options as JSON.</summary>
    public required string ConfigJson { get; init; }

    /// <summary>Seed of every random stream.</summary>
    public required long Seed { get; init; }

    /// <summary>Where it works.</summary>
    public required string Folder { get; init; }
}

/// <summary>One organ of one case, judged with one model on a fixed set.</summary>
public sealed record EvaluationRow
{
    /// <summary>The case's name in the set.</summary>
    public required string CaseName { get; init; }

    /// <summary>The patient's name or key in the set; the case's own name where there is none.</summary>
    public required string Patient { get; init; }

    /// <summary>Organ.</summary>
    public required string Organ { get; init; }

    /// <summary>Whether there is a score.</summary>
    public required QaStatus Status { get; init; }

    /// <summary>Overlap.</summary>
    public double? Dsc { get; init; }

    /// <summary>HD95.</summary>
    public double? Hd95 { get; init; }

    /// <summary>"mm" or "px".</summary>
    public required string Unit { get; init; }
}

/// <summary>The outcome of a run: both models' figures and what the gate makes of them.</summary>
public sealed record TrainingOutcome
{
    /// <summary>The challenger's folder and hashes.</summary>
    public required ModelRegistration Challenger { get; init; }

    /// <summary>The version that it was compared with.</summary>
    public required long ChampionModelVersionId { get; init; }

    /// <summary>The set's name.</summary>
    public required string SetName { get; init; }

    /// <summary>Hash of the set's manifest.</summary>
    public required string SetSha256 { get; init; }

    /// <summary>Convention of the figures.</summary>
    public required string Convention { get; init; }

    /// <summary>The challenger's figures.</summary>
    public required IReadOnlyList<EvaluationRow> ChallengerRows { get; init; }

    /// <summary>The champion's figures, taken now by the same code.</summary>
    public required IReadOnlyList<EvaluationRow> ChampionRows { get; init; }

    /// <summary>Eligible, no verdict, or kept.</summary>
    public required PromotionVerdict Verdict { get; init; }

    /// <summary>Every gate with its numbers, JSON.</summary>
    public required string GatesJson { get; init; }

    /// <summary>The same for people.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }
}

/// <summary>The snapshot may not be trained on: a patient or an image would be on both sides.</summary>
public sealed class LeakageException(string message) : InvalidOperationException(message);
