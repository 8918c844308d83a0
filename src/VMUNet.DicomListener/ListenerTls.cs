using System.Net;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>The TLS door as the options describe it.</summary>
internal static class ListenerTls
{
    /// <summary>The door; null where no certificate is configured.</summary>
    public static TlsEndpoint? EndpointOf(ListenerOptions options, Action<string> told) => options.TlsCertificate is null ? null : new TlsEndpoint
    {
        Address = IPAddress.Parse(options.Bind),
        Port = options.TlsPort,
        Credentials = Credentials(options, told),
        RequireClientCertificate = !options.TlsAnonymous,
        HandshakeTimeout = options.TlsHandshakeTimeout,
    };

    public static TlsCredentials Credentials(ListenerOptions options, Action<string>? told) => new(
        new TlsFiles
        {
            Certificate = options.TlsCertificate,
            Key = options.TlsKey,
            Authorities = options.TlsAuthorities,
            RevocationLists = options.TlsRevocationLists,
        },
        told);
}
