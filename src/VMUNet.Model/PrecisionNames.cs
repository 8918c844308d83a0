namespace VMUNet.Model;

/// <summary>The words for a precision in files, rows and options.</summary>
public static class PrecisionNames
{
    private const string Fast = "fast";
    private const string Fp32 = "fp32";

    /// <summary>fp32 or fast.</summary>
    public static string ToName(this Precision precision) => precision == Precision.Fast ? Fast : Fp32;

    /// <summary>The precision of a word.</summary>
    /// <exception cref="Imaging.BadInputException">Another word.</exception>
    public static Precision Parse(string name) => name switch
    {
        Fast => Precision.Fast,
        Fp32 => Precision.Fp32,
        _ => throw new Imaging.BadInputException($"Unknown precision '{name}'; expected {Fp32} or {Fast}"),
    };
}
