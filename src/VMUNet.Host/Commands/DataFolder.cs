using System.CommandLine;

namespace VMUNet.Host.Commands;

/// <summary>The instance's folder: --data-dir, else VMUNET_DATA, else ~/.local/share/vmunet.</summary>
internal static class DataFolder
{
    public static Option<string?> Option { get; } = new("--data-dir")
    {
        Description = "The instance's folder: database, spool, results, models. Default: VMUNET_DATA, else ~/.local/share/vmunet.",
    };

    public static string Of(ParseResult parsed) => Path.GetFullPath(
        parsed.GetValue(Option)
        ?? (Environment.GetEnvironmentVariable("VMUNET_DATA") is { Length: > 0 } set ? set : null)
        ?? Path.Combine(Home(), ".local/share/vmunet"));

    private static string Home() =>
        Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? home : Path.GetTempPath();
}
