using System.Text;

namespace VMUNet.Dimse;

/// <summary>The rule for an application entity title, and a form of it that is safe to log.</summary>
public static class AeTitle
{
    /// <summary>Greatest number of characters.</summary>
    public const int MaxLength = 16;

    /// <summary>
    /// True for 1 to 16 printable ASCII characters without backslash, not all of them spaces. Leading and trailing
    /// spaces do not count.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<char> title)
    {
        title = title.Trim(' ');
        if (title.Length is 0 or > MaxLength)
        {
            return false;
        }

        foreach (var c in title)
        {
            if (c is < ' ' or > '~' or '\\')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The title with everything but printable ASCII replaced, so that it may reach a log or a terminal.</summary>
    public static string Escape(ReadOnlySpan<char> title)
    {
        var safe = new StringBuilder(title.Length);
        foreach (var c in title.Length > MaxLength ? title[..MaxLength] : title)
        {
            _ = c is >= ' ' and <= '~' ? safe.Append(c) : safe.Append('?');
        }

        return safe.ToString();
    }
}
