using System.Globalization;

namespace VMUNet.Model;

/// <summary>Names of the form <c>case0005_slice012</c>: the case, and the number of the slice.</summary>
internal static class SliceName
{
    private const string Mark = "_slice";

    /// <summary>The case that a slice's file belongs to.</summary>
    public static string CaseOf(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var at = name.LastIndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        return at > 0 ? name[..at] : name;
    }

    /// <summary>The slice's number; 0 where the name has none.</summary>
    public static int NumberOf(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var at = name.LastIndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        return at > 0 && int.TryParse(name.AsSpan(at + Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
    }
}
