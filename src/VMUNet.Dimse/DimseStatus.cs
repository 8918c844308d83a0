using System.Globalization;

namespace VMUNet.Dimse;

/// <summary>The status of a DIMSE response (PS3.7 annex C, PS3.4 B.2.3) with its optional error comment.</summary>
/// <param name="Code">Element (0000,0900).</param>
/// <param name="Comment">Element (0000,0902), at most 64 characters; never a path or a patient's data.</param>
public readonly record struct DimseStatus(ushort Code, string? Comment = null)
{
    /// <summary>0000: done.</summary>
    public static readonly DimseStatus Success = new(0x0000);

    /// <summary>0110: processing failure.</summary>
    public static readonly DimseStatus ProcessingFailure = new(0x0110);

    /// <summary>0111: this instance exists already, with other content.</summary>
    public static readonly DimseStatus DuplicateSopInstance = new(0x0111);

    /// <summary>0117: invalid object instance, here an invalid unique identifier.</summary>
    public static readonly DimseStatus InvalidObjectInstance = new(0x0117);

    /// <summary>0122: SOP class not supported.</summary>
    public static readonly DimseStatus SopClassNotSupported = new(0x0122);

    /// <summary>0124: not authorized.</summary>
    public static readonly DimseStatus NotAuthorized = new(0x0124);

    /// <summary>0211: unrecognized operation.</summary>
    public static readonly DimseStatus UnrecognizedOperation = new(0x0211);

    /// <summary>A700: out of resources, try again later.</summary>
    public static readonly DimseStatus OutOfResources = new(0xA700);

    /// <summary>A702: out of resources, the object is too large.</summary>
    public static readonly DimseStatus ObjectTooLarge = new(0xA702);

    /// <summary>A900: data set does not match SOP class.</summary>
    public static readonly DimseStatus DataSetDoesNotMatchSopClass = new(0xA900);

    /// <summary>C000: cannot understand.</summary>
    public static readonly DimseStatus CannotUnderstand = new(0xC000);

    /// <summary>C001: something that is needed is missing from the data set.</summary>
    public static readonly DimseStatus MissingNeeds = new(0xC001);

    /// <summary>FE00: matching or sub-operations ended because of a cancel.</summary>
    public const ushort CancelledCode = 0xFE00;

    /// <summary>True when the peer has the object: success, or a warning (B000, B006, B007, 0001, 0107, 0116).</summary>
    public bool IsStored => Code is 0x0000 or 0x0001 or 0x0107 or 0x0116 or (>= 0xB000 and <= 0xBFFF);

    /// <summary>True for a warning: stored, and worth a line in the log.</summary>
    public bool IsWarning => IsStored && Code != 0;

    /// <summary>True when another attempt later may succeed: A7xx and 0110 (not A702, which size decides).</summary>
    public bool IsRetryable => Code == 0x0110 || (Code is >= 0xA700 and <= 0xA7FF && Code != 0xA702);

    /// <summary>Same code, with an error comment.</summary>
    public DimseStatus With(string comment) => this with { Comment = comment.Length > 64 ? comment[..64] : comment };

    /// <summary>Four hexadecimal digits and the comment.</summary>
    public override string ToString()
    {
        var code = Code.ToString("X4", CultureInfo.InvariantCulture);
        return Comment is null ? code : $"{code} ({Comment})";
    }
}
