using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VMUNet.Dimse;

/// <summary>
/// Certificates as they stand in their files now: each handshake looks whether a file has changed, so a renewed certificate
/// needs no restart. TLS 1.2 and 1.3 only, with the cipher suites of the BCP 195 profile (PS3.15 annex B); peers are
/// judged against the given authorities alone.
/// </summary>
public sealed class TlsCredentials
{
    private static readonly Oid s_clientUse = new("1.3.6.1.5.5.7.3.2");
    private static readonly Oid s_serverUse = new("1.3.6.1.5.5.7.3.1");

    private static readonly TlsCipherSuite[] s_suites =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    ];

    private readonly TlsFiles _files;
    private readonly Action<string>? _told;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Loaded _loaded;

    /// <summary>Reads the files.</summary>
    /// <param name="files">Where they lie.</param>
    /// <param name="told">Told of each reload, and of files that cannot be read, when the earlier ones stay in use.</param>
    /// <param name="time">Clock by which a revocation list is overdue; that of the system when null.</param>
    /// <exception cref="IOException">A file is missing or unreadable.</exception>
    /// <exception cref="CryptographicException">A file holds no certificate, or the key does not fit it.</exception>
    public TlsCredentials(TlsFiles files, Action<string>? told = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        (_files, _told, _time) = (files, told, time ?? TimeProvider.System);
        _loaded = Load(files);
    }

    /// <summary>Last day of our certificate; null when we show none.</summary>
    public DateTimeOffset? ExpiresAt => Current().Certificate is { } c ? new DateTimeOffset(c.NotAfter) : null;

    internal SslServerAuthenticationOptions ForServer(bool requireClientCertificate)
    {
        var now = Current();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = now.Context ?? throw new InvalidOperationException("A server needs a certificate."),
            ClientCertificateRequired = requireClientCertificate,
            CertificateChainPolicy = requireClientCertificate ? Policy(now.Authorities, s_clientUse) : null,
            RemoteCertificateValidationCallback = requireClientCertificate ? NotWithdrawn(now.Revocations) : null,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = Suites(),
            AllowRenegotiation = false,
        };
    }

    internal SslClientAuthenticationOptions ForClient(string host)
    {
        var now = Current();
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = now.Context,
            CertificateChainPolicy = Policy(now.Authorities, s_serverUse),
            RemoteCertificateValidationCallback = NotWithdrawn(now.Revocations),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = Suites(),
            AllowRenegotiation = false,
        };
    }

    /// <summary>Names that a certificate is known by: its common name and its DNS names.</summary>
    internal static IReadOnlyList<string> NamesOf(X509Certificate2 certificate)
    {
        var names = new List<string>();
        if (certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } common)
        {
            names.Add(common);
        }

        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            names.AddRange(extension.EnumerateDnsNames());
        }

        return [.. names.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private Loaded Current()
    {
        lock (_lock)
        {
            var stamp = Stamp(_files);
            if (stamp == _loaded.Stamp)
            {
                TellOverdue();
                return _loaded;
            }

            try
            {
                _loaded = Load(_files);
                _told?.Invoke("certificates were read again");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // Half-written files are common while they are replaced: the earlier ones serve, the next handshake looks again.
                _loaded = _loaded with { Stamp = stamp };
                _told?.Invoke($"changed certificate files cannot be used, the earlier ones stay: {e.Message}");
            }

            return _loaded;
        }
    }

    // An overdue list still keeps out whom it names: to refuse everybody would stop every modality for want of a file.
    private void TellOverdue()
    {
        if (_loaded is { IsOverdue: false, Revocations.NextUpdate: { } next } && next < _time.GetUtcNow())
        {
            _loaded = _loaded with { IsOverdue = true };
            _told?.Invoke($"a revocation list should have been renewed by {next:u}; it is used as it is");
        }
    }

    private static RemoteCertificateValidationCallback? NotWithdrawn(RevocationLists? lists) => lists is null
        ? null
        : (_, certificate, chain, errors) => errors == SslPolicyErrors.None && certificate is X509Certificate2 peer
            && !lists.IsWithdrawn(peer)
            && !(chain?.ChainElements.Any(e => lists.IsWithdrawn(e.Certificate)) ?? false);

    private static Loaded Load(TlsFiles files)
    {
        var stamp = Stamp(files);
        X509Certificate2? certificate = null;
        SslStreamCertificateContext? context = null;
        if (files.Certificate is { } path)
        {
            certificate = X509Certificate2.CreateFromPemFile(path, files.Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(path);
            chain.RemoveAt(0);
            context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }

        X509Certificate2Collection? authorities = null;
        if (files.Authorities is { } authorityPath)
        {
            authorities = [];
            authorities.ImportFromPemFile(authorityPath);
            if (authorities.Count == 0)
            {
                throw new CryptographicException($"{authorityPath} holds no certificate.");
            }
        }

        var lists = files.RevocationLists is { } listPath ? RevocationLists.Load(listPath, authorities ?? []) : null;
        return new Loaded(stamp, certificate, context, authorities, lists);
    }

    private static string Stamp(TlsFiles files) => string.Join('|', new[] { files.Certificate, files.Key, files.Authorities, files.RevocationLists }
        .Select(f => f is null ? "" : File.Exists(f) ? $"{File.GetLastWriteTimeUtc(f).Ticks}:{new FileInfo(f).Length}" : "missing"));

    // The system's way to revocation needs the network in the middle of a handshake; lists come as files, see NotWithdrawn.
    private static X509ChainPolicy Policy(X509Certificate2Collection? authorities, Oid use)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(use);
        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }

    private static CipherSuitesPolicy? Suites()
    {
#pragma warning disable CA1416 // asked for at run time: Windows has no choice of suites, its own policy rules there
        return OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? new CipherSuitesPolicy(s_suites) : null;
#pragma warning restore CA1416
    }

    private sealed record Loaded(
        string Stamp, X509Certificate2? Certificate, SslStreamCertificateContext? Context, X509Certificate2Collection? Authorities,
        RevocationLists? Revocations)
    {
        /// <summary>True when it was told that a list is overdue.</summary>
        public bool IsOverdue { get; init; }
    }
}
