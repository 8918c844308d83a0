using System.Globalization;

namespace VMUNet.DicomToolkit;

/// <summary>Value multiplicity: how many values an element may hold (PS3.5 section 6.4).</summary>
public sealed class DicomVM
{
    /// <summary>Exactly one value.</summary>
    public static readonly DicomVM VM_1 = new(1, 1, 1);

    /// <summary>One or more values.</summary>
    public static readonly DicomVM VM_1_n = new(1, int.MaxValue, 1);

    /// <summary>Makes a multiplicity of <paramref name="minimum"/> to <paramref name="maximum"/>
    /// values in steps.</summary>
    public DicomVM(int minimum, int maximum, int multiplicity) =>
        (Minimum, Maximum, Multiplicity) = (minimum, maximum, multiplicity);

    /// <summary>Least number of values.</summary>
    public int Minimum { get; }

    /// <summary>Largest number of values; <see cref="int.MaxValue"/> when open.</summary>
    public int Maximum { get; }

    /// <summary>The number of values is a multiple of this when the maximum is open.</summary>
    public int Multiplicity { get; }

    /// <summary>Reads "1", "1-3", "1-n" or "2-2n".</summary>
    public static DicomVM Parse(string s)
    {
        ArgumentNullException.ThrowIfNull(s);
        var parts = s.Split('-');
        var minimum = int.Parse(parts[0], CultureInfo.InvariantCulture);
        if (parts.Length == 1)
        {
            return new DicomVM(minimum, minimum, minimum);
        }

        if (!parts[1].EndsWith('n'))
        {
            return new DicomVM(minimum, int.Parse(parts[1], CultureInfo.InvariantCulture), 1);
        }

        var step = parts[1].Length == 1 ? 1 : int.Parse(parts[1][..^1], CultureInfo.InvariantCulture);
        return new DicomVM(minimum, int.MaxValue, step);
    }

    /// <inheritdoc/>
    public override string ToString() => Minimum == Maximum ? $"{Minimum}"
        : Maximum != int.MaxValue ? $"{Minimum}-{Maximum}"
        : Multiplicity == 1 ? $"{Minimum}-n" : $"{Minimum}-{Multiplicity}n";

    internal bool Allows(int count) =>
        count >= Minimum && count <= Maximum && (Maximum != int.MaxValue || count % Multiplicity == 0);
}
