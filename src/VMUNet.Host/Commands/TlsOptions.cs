using System.CommandLine;
using System.Security.Cryptography;
using VMUNet.Dimse;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary>The options by which a calling verb asks for TLS.</summary>
internal sealed class TlsOptions
{
    public Option<bool> Tls { get; } = new("--tls") { Description = "Call over TLS 1.2 or 1.3; the server's name and chain are checked." };

    public Option<string?> Certificate { get; } = new("--tls-cert") { Description = "Our certificate with its chain, PEM." };

    public Option<string?> Key { get; } = new("--tls-key") { Description = "Its private key, PEM. Default: in the certificate's file." };

    public Option<string?> Authorities { get; } = new("--tls-ca") { Description = "Authorities of the server's certificate, PEM. Default: those of the system." };

    public Option<string?> Revocations { get; } = new("--tls-crl") { Description = "Lists of withdrawn certificates, signed by those of --tls-ca, PEM." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[Tls, Certificate, Key, Authorities, Revocations])
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="BadInputException">A file cannot be used, or one is named without --tls.</exception>
    public TlsCredentials? Of(ParseResult parsed)
    {
        var files = new TlsFiles
        {
            Certificate = parsed.GetValue(Certificate),
            Key = parsed.GetValue(Key),
            Authorities = parsed.GetValue(Authorities),
            RevocationLists = parsed.GetValue(Revocations),
        };
        if (!parsed.GetValue(Tls))
        {
            return files == new TlsFiles() ? null : throw new BadInputException("--tls-cert, --tls-key, --tls-ca and --tls-crl need --tls");
        }

        try
        {
            return new TlsCredentials(files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new BadInputException($"TLS: {e.Message}", e);
        }
    }
}
