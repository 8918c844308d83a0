using System.Net;

namespace VMUNet.DicomListener;

/// <summary>One entry of the allow list: a title, and the only address that may use it, if one is named.</summary>
internal sealed record AllowedCaller(string AeTitle, IPAddress? Address)
{
    /// <summary>"AE" or "AE@ADDRESS"; null for anything else.</summary>
    public static AllowedCaller? TryParse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var title = (at < 0 ? text : text[..at]).Trim();
        if (!Dimse.AeTitle.IsValid(title))
        {
            return null;
        }

        if (at < 0)
        {
            return new AllowedCaller(title, null);
        }

        return IPAddress.TryParse(text[(at + 1)..], out var address) ? new AllowedCaller(title, address) : null;
    }

    public bool Allows(string title, IPAddress from) =>
        title == AeTitle && (Address is null || Address.Equals(from));
}
