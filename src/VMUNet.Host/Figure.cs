using System.Globalization;

namespace VMUNet.Host;

/// <summary>Numbers as people read them; a dash where the value does not exist.</summary>
internal static class Figure
{
    private const string Missing = "-";

    /// <summary>A share between 0 and 1, three decimals.</summary>
    public static string Share(double? value) => Text(value, "0.000");

    /// <summary>A length in its unit, two decimals.</summary>
    public static string Length(double? value) => Text(value, "0.00");

    /// <summary>Seconds, one decimal.</summary>
    public static string Seconds(double? value) => Text(value, "0.0");

    private static string Text(double? value, string format) =>
        value is { } number ? number.ToString(format, CultureInfo.InvariantCulture) : Missing;
}
