namespace VMUNet.Dimse;

/// <summary>Where the certificates of one side lie; PEM, read again when a file changes.</summary>
public sealed record TlsFiles
{
    /// <summary>Our certificate, followed by those between it and its authority; null when we show none.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its private key, unencrypted; null when it stands in <see cref="Certificate"/>.</summary>
    public string? Key { get; init; }

    /// <summary>Authorities whose certificates we accept of the peer; null takes those of the system.</summary>
    public string? Authorities { get; init; }

    /// <summary>Lists of withdrawn certificates, signed by <see cref="Authorities"/>; null when none are read.</summary>
    public string? RevocationLists { get; init; }
}
