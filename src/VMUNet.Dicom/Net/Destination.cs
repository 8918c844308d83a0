using System.Globalization;
using VMUNet.Dimse;

namespace VMUNet.Dicom;

/// <summary>A DICOM node that results are sent to.</summary>
/// <param name="Name">The site's name for it, as in configuration and rows.</param>
/// <param name="AeTitle">Called AE title, 1 to 16 printable ASCII characters without backslash.</param>
/// <param name="Host">Host name or address.</param>
/// <param name="Port">TCP port, 1 to 65535.</param>
public sealed record Destination(string Name, string AeTitle, string Host, int Port)
{
    private const char SettingsStart = '?';

    /// <summary>What it gets of a result. Default: the SEG alone.</summary>
    public ResultParts Objects { get; init; } = ResultParts.Seg;

    /// <summary>Most frames that it takes in one object; organs are spread over several objects to keep it, and a result in
    /// which one organ alone has more is held back. Null: any number.</summary>
    public int? MaxFrames { get; init; }

    /// <summary>Most segments that it takes in one object; more are spread over several objects. Null: any number.</summary>
    public int? MaxSegments { get; init; }

    /// <summary>True when it takes LABELMAP where its viewers would draw BINARY wrongly (<see cref="SegForm.For"/>).</summary>
    public bool TakesLabelMap { get; init; }

    /// <summary>False when SEGs of photographs are to be without nominal geometry.</summary>
    public bool HasNominalGeometry { get; init; } = true;

    /// <summary>The form in which it takes segmentations.</summary>
    public SegForm Form => new()
    {
        MaxFrames = MaxFrames,
        MaxSegments = MaxSegments,
        IsLabelMap = TakesLabelMap,
        HasNominalGeometry = HasNominalGeometry,
    };

    /// <summary>True when it is called over TLS.</summary>
    public bool IsTls { get; init; }

    /// <summary>Reads <c>NAME=AE@HOST:PORT</c>; an IPv6 address stands in brackets. Settings may follow:
    /// <c>?tls&amp;objects=seg+report+picture&amp;max-frames=2000&amp;max-segments=1&amp;label-map&amp;no-nominal-geometry</c>.</summary>
    /// <exception cref="FormatException">The text has another form; the message says which is expected.</exception>
    public static Destination Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var mark = text.IndexOf(SettingsStart, StringComparison.Ordinal);
        return mark < 0 ? ParseAddress(text) : WithSettings(ParseAddress(text[..mark]), text[(mark + 1)..], text);
    }

    private static Destination ParseAddress(string text)
    {
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

    /// <summary>How to call it.</summary>
    /// <param name="callingAe">Our AE title.</param>
    /// <param name="tls">Certificates for destinations with <see cref="IsTls"/>; null takes the system's authorities.</param>
    internal DimseClientOptions OptionsFor(string callingAe, CallingTls? tls) => new()
    {
        Host = Host,
        Port = Port,
        CalledAe = AeTitle,
        CallingAe = callingAe,
        Tls = IsTls ? tls?.Credentials ?? new TlsCredentials(new TlsFiles()) : null,
    };

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        var settings = new List<string>();
        if (IsTls)
        {
            settings.Add("tls");
        }
        if (Objects != ResultParts.Seg)
        {
            var parts = Enum.GetValues<ResultParts>().Where(p => p != ResultParts.None && Objects.HasFlag(p));
            settings.Add("objects=" + string.Join('+', parts).ToLowerInvariant());
        }
        if (MaxFrames is { } frames)
        {
            settings.Add(string.Create(CultureInfo.InvariantCulture, $"max-frames={frames}"));
        }
        if (MaxSegments is { } segments)
        {
            settings.Add(string.Create(CultureInfo.InvariantCulture, $"max-segments={segments}"));
        }
        if (TakesLabelMap)
        {
            settings.Add("label-map");
        }
        if (!HasNominalGeometry)
        {
            settings.Add("no-nominal-geometry");
        }
        return string.Create(CultureInfo.InvariantCulture, $"{Name}={AeTitle}@{host}:{Port}")
            + (settings.Count > 0 ? SettingsStart + string.Join('&', settings) : "");
    }

    private static Destination WithSettings(Destination destination, string settings, string text)
    {
        foreach (var setting in settings.Split('&'))
        {
            destination = setting.Split('=') switch
            {
                ["tls"] => destination with { IsTls = true },
                ["objects", var names] => destination with { Objects = Parts(names, text) },
                ["max-frames", var count] when Count(count) is { } frames => destination with { MaxFrames = frames },
                ["max-segments", var count] when Count(count) is { } segments =>
                    destination with { MaxSegments = segments },
                ["label-map"] => destination with { TakesLabelMap = true },
                ["no-nominal-geometry"] => destination with { HasNominalGeometry = false },
                _ => throw Wrong(text, "its settings are tls, objects=seg+report+picture, max-frames=NUMBER, "
                    + "max-segments=NUMBER, label-map and no-nominal-geometry, joined by &"),
            };
        }
        return destination;
    }

    private static int? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;

    private static ResultParts Parts(string names, string text)
    {
        var parts = ResultParts.None;
        foreach (var name in names.Split('+'))
        {
            parts |= name switch
            {
                "seg" => ResultParts.Seg,
                "report" => ResultParts.Report,
                "picture" => ResultParts.Picture,
                _ => throw Wrong(text, "its objects are seg, report and picture"),
            };
        }
        return parts;
    }

    private static FormatException Wrong(string text, string why) =>
        new($"Destination '{text}' is not of the form NAME=AE@HOST:PORT, {why}");
}
