using System.Net;

namespace VMUNet.Dimse;

/// <summary>What a requestor asks for, as its handler judges it. Titles are trimmed and may break the rule of a title.</summary>
public sealed record AssociationRequest
{
    /// <summary>Title that the peer calls.</summary>
    public required string CalledAe { get; init; }

    /// <summary>Title that the peer gives itself.</summary>
    public required string CallingAe { get; init; }

    /// <summary>Address that the connection comes from.</summary>
    public required IPAddress RemoteAddress { get; init; }

    /// <summary>True over TLS.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Names of the caller's certificate, which the authorities vouch for; empty without one.</summary>
    public IReadOnlyList<string> CertificateNames { get; init; } = [];

    /// <summary>SOP classes for which the requestor wants to be the provider (role selection, item 54).</summary>
    public IReadOnlyCollection<string> ProviderRoles { get; init; } = [];

    /// <summary>Proposed presentation contexts, 1 to 128.</summary>
    public required IReadOnlyList<ProposedContext> Contexts { get; init; }
}
