using System.Globalization;
using System.Text.RegularExpressions;

namespace VMUNet.DicomToolkit;

/// <summary>The rules of PS3.5 table 6.2-1 for one value of text.</summary>
internal static partial class ValueRules
{
    private const int MaximumNameComponents = 5;
    private const int MaximumNameGroups = 3;

    /// <summary>The rule that the value breaks, or null. Empty values break none.</summary>
    public static string? Fault(DicomVR vr, string value)
    {
        var trimmed = value.TrimEnd(' ', '\0');
        return vr.Code switch
        {
            "AE" => TooLong(vr, value)
                ?? (value.Any(c => c is < ' ' or > '~' or '\\') ? "printable ASCII without backslash" : null),
            "AS" => AgePattern().IsMatch(value) ? null : "nnnD, nnnW, nnnM or nnnY",
            "CS" => TooLong(vr, trimmed) ??
                (trimmed.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is ' ' or '_')
                    ? null : "capitals, digits, space and underscore"),
            "DA" => RangeParts(trimmed).All(IsDate) ? null : "YYYYMMDD",
            "DS" => TooLong(vr, trimmed) ?? (DecimalPattern().IsMatch(trimmed) ? null : "a decimal number"),
            "DT" => RangeParts(trimmed, DateTimeRange()).All(IsDateTime) ? null : "YYYYMMDDHHMMSS.FFFFFF&ZZXX",
            "IS" => TooLong(vr, trimmed)
                ?? (int.TryParse(trimmed, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
                ? null : "a 32-bit integer"),
            "LO" or "SH" or "UC" =>
                TooLong(vr, trimmed) ?? (HasControl(value) || value.Contains('\\', StringComparison.Ordinal)
                ? "no control characters, no backslash" : null),
            "LT" or "ST" => TooLong(vr, trimmed),
            "PN" => NameFault(value),
            "TM" => RangeParts(trimmed).All(IsTime) ? null : "HHMMSS.FFFFFF",
            "UI" => DicomUID.IsValidUid(trimmed) ? null
                : "a UID: digits and dots, at most 64, no leading zero in a component",
            "UR" => value[0] == ' ' ? "no leading space" : null,
            _ => null,
        };
    }

    private static string? TooLong(DicomVR vr, string value) =>
        vr.MaximumLength > 0 && value.Length > vr.MaximumLength ? $"at most {vr.MaximumLength} characters" : null;

    private static bool HasControl(string value) => value.Any(c => c < ' ' && c != '\u001b');

    private static string? NameFault(string value)
    {
        var groups = value.Split('=');
        return groups.Length > MaximumNameGroups ? "at most 3 component groups"
            : groups.Any(g => g.TrimEnd(' ').Length > DicomVR.PN.MaximumLength)
                ? "at most 64 characters a component group"
            : groups.Any(g => g.Split('^').Length > MaximumNameComponents) ? "at most 5 components a group"
            : HasControl(value) ? "no control characters" : null;
    }

    private static IEnumerable<string> RangeParts(string value) =>
        value.Length > 1 ? value.Split('-', 2).Where(p => p.Length > 0) : [value];

    private static IEnumerable<string> RangeParts(string value, Regex range)
    {
        var match = range.Match(value);
        return match.Success ? new[] { match.Groups[1].Value, match.Groups[2].Value }.Where(p => p.Length > 0)
            : [value];
    }

    private static bool IsDate(string s) =>
        DateTime.TryParseExact(s, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsTime(string s)
    {
        var match = TimePattern().Match(s);
        return match.Success && InRange(match, 1, 23) && InRange(match, 2, 59) && InRange(match, 3, 60);
    }

    private static bool IsDateTime(string s)
    {
        var match = DateTimePattern().Match(s);
        if (!match.Success || !InRange(match, 4, 23) || !InRange(match, 5, 59) || !InRange(match, 6, 60))
        {
            return false;
        }

        var (month, day) = (match.Groups[2].Value, match.Groups[3].Value);
        return IsDate(match.Groups[1].Value + (month.Length == 0 ? "01" : month) + (day.Length == 0 ? "01" : day));
    }

    private static bool InRange(Match match, int group, int maximum) => match.Groups[group].Length == 0 ||
        int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) <= maximum;

    [GeneratedRegex(@"^\d{3}[DWMY]$")]
    private static partial Regex AgePattern();

    [GeneratedRegex(@"^ *[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)? *$")]
    private static partial Regex DecimalPattern();

    [GeneratedRegex(@"^(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?$")]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$")]
    private static partial Regex DateTimePattern();

    [GeneratedRegex(@"^(\d[\d.]*(?:[+-]\d{4})?)?-(\d{5}[\d.]*(?:[+-]\d{4})?|\d{4})?$")]
    private static partial Regex DateTimeRange();
}
