using System.Net;

namespace VMUNet.Dimse;

/// <summary>A second door of a <see cref="DimseServer"/>, for TLS only.</summary>
public sealed record TlsEndpoint
{
    /// <summary>Address to listen on; loopback by default.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port to listen on; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Our certificate, and the authorities of the callers'.</summary>
    public required TlsCredentials Credentials { get; init; }

    /// <summary>Whether a caller must show a certificate of the authorities (default true).</summary>
    public bool RequireClientCertificate { get; init; } = true;

    /// <summary>Time for the handshake (default 10 s).</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
