using System.Globalization;
using System.Text.RegularExpressions;
using VMUNet.Testing;

namespace VMUNet.Reporting.Tests;

public sealed partial class SiteStyleTests
{
    private static readonly Dictionary<string, string> s_colours = Variable().Matches(
            File.ReadAllText(Path.Combine(RepoPaths.Root, "src", "VMUNet.Reporting", "site.css")))
        .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);

    [Theory]
    [InlineData("ink", "ground")]
    [InlineData("ink", "paper")]
    [InlineData("quiet", "ground")]
    [InlineData("quiet", "paper")]
    [InlineData("quiet", "plain-ground")]
    [InlineData("brand", "ground")]
    [InlineData("on-brand", "brand")]
    [InlineData("good", "good-ground")]
    [InlineData("busy", "busy-ground")]
    [InlineData("bad", "bad-ground")]
    [InlineData("bad", "paper")]
    [InlineData("warning", "warning-ground")]
    [InlineData("on-night", "night")]
    public void Text_stands_out_from_its_ground_by_WCAG_AA(string text, string ground)
    {
        var (a, b) = (Luminance(s_colours[text]), Luminance(s_colours[ground]));

        Assert.InRange((Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05), 4.5, 21);
    }

    /// <summary>Relative luminance, WCAG 2.2.</summary>
    private static double Luminance(string hex)
    {
        double Channel(int at)
        {
            double share = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Channel(0)) + (0.7152 * Channel(2)) + (0.0722 * Channel(4));
    }

    [GeneratedRegex("--([a-z-]+): #([0-9a-f]{6})")]
    private static partial Regex Variable();
}
