using System.Net;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>
/// One caller of a list: a title, and what it is bound to: nothing, the only address that may use it, or the name in the
/// only certificate that may (its common name or a DNS name). A title bound to a certificate is not let in without TLS.
/// </summary>
internal sealed record AllowedCaller(string AeTitle, IPAddress? Address, string? Certificate)
{
    private const string CertificatePrefix = "cert:";

    /// <summary>"AE", "AE@ADDRESS" or "AE@cert:NAME"; null for anything else.</summary>
    public static AllowedCaller? TryParse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? TryParse(text, "") : at == text.Length - 1 ? null : TryParse(text[..at], text[(at + 1)..]);
    }

    /// <summary>The same in two parts; an empty binding binds to nothing.</summary>
    public static AllowedCaller? TryParse(string title, string binding)
    {
        title = title.Trim();
        if (!Dimse.AeTitle.IsValid(title))
        {
            return null;
        }

        if (binding.Length == 0)
        {
            return new AllowedCaller(title, null, null);
        }

        if (binding.StartsWith(CertificatePrefix, StringComparison.OrdinalIgnoreCase))
        {
            var name = binding[CertificatePrefix.Length..].Trim();
            return name.Length is > 0 and <= 200 && !name.Any(char.IsControl) ? new AllowedCaller(title, null, name) : null;
        }

        return IPAddress.TryParse(binding, out var address) ? new AllowedCaller(title, address, null) : null;
    }

    public bool Matches(AssociationRequest request) =>
        request.CallingAe == AeTitle
        && (Address is null || Address.Equals(request.RemoteAddress))
        && (Certificate is null || request.CertificateNames.Contains(Certificate, StringComparer.OrdinalIgnoreCase));
}
