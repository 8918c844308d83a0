using VMUNet.Dimse;

namespace VMUNet.Dicom;

/// <summary>What we show and whom we trust when we call over TLS; files are read again when they change.</summary>
public sealed class CallingTls
{
    private CallingTls(TlsCredentials credentials) => Credentials = credentials;

    internal TlsCredentials Credentials { get; }

    /// <summary>Reads PEM files; null when none is named: the system's authorities, and no certificate of ours.</summary>
    /// <exception cref="IOException">A file is missing or unreadable.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds no certificate, or the key does
    /// not fit it.</exception>
    public static CallingTls? Of(string? certificate, string? key, string? authorities) =>
        certificate is null && key is null && authorities is null
            ? null
            : new CallingTls(new TlsCredentials(
                new TlsFiles { Certificate = certificate, Key = key, Authorities = authorities }));
}
