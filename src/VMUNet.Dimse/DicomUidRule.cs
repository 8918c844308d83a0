namespace VMUNet.Dimse;

/// <summary>The rule for a unique identifier (PS3.5 section 9.1).</summary>
public static class DicomUidRule
{
    /// <summary>Greatest number of characters.</summary>
    public const int MaxLength = 64;

    /// <summary>
    /// True for 1 to 64 characters of digits and dots, no empty component and no leading zero in a component of
    /// more than one digit.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<char> uid)
    {
        if (uid.Length is 0 or > MaxLength)
        {
            return false;
        }

        var start = 0;
        for (var i = 0; i <= uid.Length; i++)
        {
            if (i < uid.Length && uid[i] != '.')
            {
                if (!char.IsAsciiDigit(uid[i]))
                {
                    return false;
                }

                continue;
            }

            var length = i - start;
            if (length == 0 || (length > 1 && uid[start] == '0'))
            {
                return false;
            }

            start = i + 1;
        }

        return true;
    }
}
