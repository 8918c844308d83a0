using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VMUNet.Dimse.Tests;

/// <summary>An authority with a server's and a caller's certificate, as PEM files of a folder of its own.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset s_from = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_until = new(2046, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("vmunet-tls-").FullName;
    private readonly X509Certificate2 _authority;

    public TestCertificates()
    {
        using var key = RSA.Create(2048);
        var request = Request("CN=Test authority", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        _authority = request.CreateSelfSigned(s_from, s_until);
        Authority = Write("authority.pem", _authority.ExportCertificatePem());
        Server = Issue("localhost");
        Client = Issue("ct1.site");
    }

    public string Authority { get; }

    public (string Certificate, string Key) Server { get; }

    public (string Certificate, string Key) Client { get; }

    public TlsFiles ServerFiles => new() { Certificate = Server.Certificate, Key = Server.Key, Authorities = Authority };

    public TlsCredentials ClientCredentials => new(ClientFiles);

    public TlsFiles ClientFiles => new() { Certificate = Client.Certificate, Key = Client.Key, Authorities = Authority };

    /// <summary>A certificate of this authority; the same name replaces the files of the one before.</summary>
    public (string Certificate, string Key) Issue(string name, string? file = null)
    {
        using var key = RSA.Create(2048);
        var request = Request($"CN={name}", key);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, s_from, s_until, RandomNumberGenerator.GetBytes(12));
        file ??= name;
        return (Write(file + ".pem", certificate.ExportCertificatePem()), Write(file + ".key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>This authority's list of withdrawn certificates, as a PEM file.</summary>
    public string Withdraw(DateTimeOffset nextUpdate, params string[] certificates)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var path in certificates)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            list.AddEntry(certificate, s_from);
        }

        var encoded = list.Build(_authority, 1, nextUpdate, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, s_from);
        return Write("withdrawn.crl", PemEncoding.WriteString("X509 CRL", encoded));
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static CertificateRequest Request(string subject, RSA key) =>
        new(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text + "\n");
        return path;
    }
}
