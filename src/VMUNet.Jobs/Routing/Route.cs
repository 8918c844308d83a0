using System.Text.Json.Serialization;

namespace VMUNet.Jobs.Routing;

/// <summary>How soon a series is worked on.</summary>
public enum RoutePriority
{
    /// <summary>Queue a-stat, which has a worker of its own.</summary>
    [JsonStringEnumMemberName("stat")]
    Stat,

    /// <summary>Queue b-routine.</summary>
    [JsonStringEnumMemberName("routine")]
    Routine,

    /// <summary>Queue c-batch.</summary>
    [JsonStringEnumMemberName("batch")]
    Batch,
}

/// <summary>
/// One line of routes.json. An empty list asks nothing. Modality and SOP class must both fit; body part and descriptions
/// are two ways to say one thing, so one of them is enough.
/// </summary>
public sealed record Route
{
    /// <summary>Name, in rows and on pages; unique.</summary>
    public required string Name { get; init; }

    /// <summary>Modalities (0008,0060).</summary>
    public IReadOnlyList<string> Modalities { get; init; } = [];

    /// <summary>SOP class UIDs.</summary>
    public IReadOnlyList<string> SopClasses { get; init; } = [];

    /// <summary>Body parts (0018,0015).</summary>
    public IReadOnlyList<string> BodyParts { get; init; } = [];

    /// <summary>Regular expressions, matched anywhere in study description, series description or protocol name,
    /// whatever the case of the letters.</summary>
    public IReadOnlyList<string> DescriptionPatterns { get; init; } = [];

    /// <summary>Takes a series that states neither body part nor any description. Default false.</summary>
    public bool AcceptUnstated { get; init; }

    /// <summary>Task whose champion serves the route, or the name of one model.</summary>
    public required string Model { get; init; }

    /// <summary>Queue. Default routine.</summary>
    public RoutePriority Priority { get; init; } = RoutePriority.Routine;

    /// <summary>Names of destinations; "*" stands for all that are configured.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = ["*"];
}
