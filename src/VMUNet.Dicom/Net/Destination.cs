using System.Globalization;

namespace VMUNet.Dicom;

/// <summary>A DICOM node that results are sent to.</summary>
/// <param name="Name">The site's name for it, as in configuration and rows.</param>
/// <param name="AeTitle">Called AE title, 1 to 16 printable ASCII characters without backslash.</param>
/// <param name="Host">Host name or address.</param>
/// <param name="Port">TCP port, 1 to 65535.</param>
public sealed record Destination(string Name, string AeTitle, string Host, int Port)
{
    /// <summary>Reads <c>NAME=AE@HOST:PORT</c>; an IPv6 address stands in brackets.</summary>
    /// <exception cref="FormatException">The text has another form; the message says which is expected.</exception>
    public static Destination Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var at = text.IndexOf('@', equals + 1);
        var colon = text.LastIndexOf(':');
        if (equals < 1 || at < equals + 2 || colon < at + 2)
        {
            throw Wrong(text, "the parts are missing");
        }
        var ae = text[(equals + 1)..at].Trim();
        if (ae.Length is < 1 or > 16 || ae.Any(c => c is < ' ' or > '~' or '\\'))
        {
            throw Wrong(text, "an AE title has 1 to 16 printable characters without backslash");
        }
        if (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
        {
            throw Wrong(text, "a port is a number from 1 to 65535");
        }
        return new Destination(text[..equals].Trim(), ae, text[(at + 1)..colon].Trim('[', ']'), port);
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{Name}={AeTitle}@{host}:{Port}");
    }

    private static FormatException Wrong(string text, string why) =>
        new($"Destination '{text}' is not of the form NAME=AE@HOST:PORT, {why}");
}
