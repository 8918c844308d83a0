using System.Net;

namespace VMUNet.Dimse;

/// <summary>An established association, as its handler sees it.</summary>
public sealed record AssociationInfo
{
    /// <summary>Number of the association in this process, and key of its rows.</summary>
    public required Guid Id { get; init; }

    /// <summary>Title that the peer called.</summary>
    public required string CalledAe { get; init; }

    /// <summary>Title that the peer gave itself.</summary>
    public required string CallingAe { get; init; }

    /// <summary>Address of the peer.</summary>
    public required IPAddress RemoteAddress { get; init; }

    /// <summary>Lane that it was accepted in.</summary>
    public AssociationLane? Lane { get; init; }

    /// <summary>Every context with its answer.</summary>
    public required IReadOnlyList<ContextAnswer> Contexts { get; init; }
}
