using System.Text.Json;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>What a running training says about itself.</summary>
public sealed record TrainingProgress
{
    /// <summary>Steps taken.</summary>
    public required int Step { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>Examples seen.</summary>
    public required long Images { get; init; }

    /// <summary>Side of the network input.</summary>
    public required int Size { get; init; }

    /// <summary>Mean loss since the last report.</summary>
    public required double Loss { get; init; }

    /// <summary>Learning rate.</summary>
    public required double Rate { get; init; }

    /// <summary>Dev score of the running mean, when it was just measured.</summary>
    public double? DevDscMean { get; init; }

    /// <summary>Dev score of the raw weights, when it was just measured.</summary>
    public double? DevDscRaw { get; init; }

    /// <summary>Best dev score so far.</summary>
    public double? BestDsc { get; init; }

    /// <summary>Time since the start of this process.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Estimated time left.</summary>
    public required TimeSpan Left { get; init; }

    /// <summary>Resident memory, MiB.</summary>
    public required long MemoryMiB { get; init; }
}

/// <summary>How a run ended.</summary>
public sealed record TrainingResult
{
    /// <summary>Model folder that was written.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>Hash of the weights file.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Hash of the data manifest.</summary>
    public required string DataManifestSha256 { get; init; }

    /// <summary>Seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Steps taken.</summary>
    public required int Steps { get; init; }

    /// <summary>Examples seen.</summary>
    public required long Images { get; init; }

    /// <summary>Last mean training loss.</summary>
    public required double Loss { get; init; }

    /// <summary>Dev score of the chosen weights; null without a dev split.</summary>
    public double? DevDsc { get; init; }

    /// <summary>Steps skipped because a number was not finite.</summary>
    public int SkippedSteps { get; init; }

    /// <summary>Times the run went back to a checkpoint for the same reason.</summary>
    public int Rollbacks { get; init; }

    /// <summary>Why the run ended before its last step; null when it did not.</summary>
    public string? EndedEarly { get; init; }

    /// <summary>Seconds over all its processes.</summary>
    public double Seconds { get; init; }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="BadInputException">Not such a document.</exception>
    public static TrainingResult FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingResult>(json, ModelJson.Options)
                ?? throw new BadInputException("The training result is empty.");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"The training result cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The document a child process answers with.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Options);
}
