namespace VMUNet.DicomToolkit;

/// <summary>Value representation: the type of an element's value (PS3.5 section 6.2).</summary>
public sealed class DicomVR
{
    private static readonly Dictionary<string, DicomVR> Known = [];

    /// <summary>No value: item and delimiter tags.</summary>
    public static readonly DicomVR NONE = new("NONE", "No Value Representation");

    /// <summary>Application entity title, up to 16 characters.</summary>
    public static readonly DicomVR AE = Text("AE", "Application Entity", 16, typeof(string));

    /// <summary>Age, such as 042Y.</summary>
    public static readonly DicomVR AS = Text("AS", "Age String", 4, typeof(string));

    /// <summary>A tag as a value.</summary>
    public static readonly DicomVR AT = Number("AT", "Attribute Tag", 4, typeof(DicomTag), swap: 2);

    /// <summary>Code of capitals, digits, space and underscore, up to 16 characters.</summary>
    public static readonly DicomVR CS = Text("CS", "Code String", 16, typeof(string));

    /// <summary>Date, YYYYMMDD.</summary>
    public static readonly DicomVR DA = Text("DA", "Date", 18, typeof(DateTime));

    /// <summary>Decimal number as text, up to 16 characters.</summary>
    public static readonly DicomVR DS = Text("DS", "Decimal String", 16, typeof(decimal));

    /// <summary>Date and time with optional offset from UTC.</summary>
    public static readonly DicomVR DT = Text("DT", "Date Time", 54, typeof(DateTime));

    /// <summary>64-bit float.</summary>
    public static readonly DicomVR FD = Number("FD", "Floating Point Double", 8, typeof(double));

    /// <summary>32-bit float.</summary>
    public static readonly DicomVR FL = Number("FL", "Floating Point Single", 4, typeof(float));

    /// <summary>Integer as text, up to 12 characters.</summary>
    public static readonly DicomVR IS = Text("IS", "Integer String", 12, typeof(int));

    /// <summary>Text of one line, up to 64 characters.</summary>
    public static readonly DicomVR LO = Text("LO", "Long String", 64, typeof(string), encoded: true);

    /// <summary>Text, up to 10240 characters, one value.</summary>
    public static readonly DicomVR LT = Text("LT", "Long Text", 10240, typeof(string), encoded: true, multi: false);

    /// <summary>Bytes.</summary>
    public static readonly DicomVR OB = Number("OB", "Other Byte", 1, typeof(byte), isLong: true);

    /// <summary>64-bit floats.</summary>
    public static readonly DicomVR OD = Number("OD", "Other Double", 8, typeof(double), isLong: true);

    /// <summary>32-bit floats.</summary>
    public static readonly DicomVR OF = Number("OF", "Other Float", 4, typeof(float), isLong: true);

    /// <summary>32-bit words.</summary>
    public static readonly DicomVR OL = Number("OL", "Other Long", 4, typeof(uint), isLong: true);

    /// <summary>64-bit words.</summary>
    public static readonly DicomVR OV = Number("OV", "Other Very Long", 8, typeof(ulong), isLong: true);

    /// <summary>16-bit words.</summary>
    public static readonly DicomVR OW = Number("OW", "Other Word", 2, typeof(ushort), isLong: true);

    /// <summary>Person name: up to three groups of up to five components, 64 characters a group.</summary>
    public static readonly DicomVR PN = Text("PN", "Person Name", 64, typeof(string), encoded: true);

    /// <summary>Text of one line, up to 16 characters.</summary>
    public static readonly DicomVR SH = Text("SH", "Short String", 16, typeof(string), encoded: true);

    /// <summary>Signed 32-bit integer.</summary>
    public static readonly DicomVR SL = Number("SL", "Signed Long", 4, typeof(int));

    /// <summary>Sequence of items.</summary>
    public static readonly DicomVR SQ = new("SQ", "Sequence of Items") { ValueType = typeof(DicomDataset) };

    /// <summary>Signed 16-bit integer.</summary>
    public static readonly DicomVR SS = Number("SS", "Signed Short", 2, typeof(short));

    /// <summary>Text, up to 1024 characters, one value.</summary>
    public static readonly DicomVR ST = Text("ST", "Short Text", 1024, typeof(string), encoded: true, multi: false);

    /// <summary>Signed 64-bit integer.</summary>
    public static readonly DicomVR SV = Number("SV", "Signed Very Long", 8, typeof(long), isLong: true);

    /// <summary>Time of day.</summary>
    public static readonly DicomVR TM = Text("TM", "Time", 28, typeof(DateTime));

    /// <summary>Text of one line without limit.</summary>
    public static readonly DicomVR UC =
        Text("UC", "Unlimited Characters", 0, typeof(string), encoded: true, isLong: true);

    /// <summary>Unique identifier.</summary>
    public static readonly DicomVR UI = Text("UI", "Unique Identifier", 64, typeof(DicomUID), padding: 0);

    /// <summary>Unsigned 32-bit integer.</summary>
    public static readonly DicomVR UL = Number("UL", "Unsigned Long", 4, typeof(uint));

    /// <summary>Not known.</summary>
    public static readonly DicomVR UN = Number("UN", "Unknown", 1, typeof(byte), isLong: true);

    /// <summary>URI or URL, one value.</summary>
    public static readonly DicomVR UR = Text("UR", "Universal Resource", 0, typeof(string), multi: false, isLong: true);

    /// <summary>Unsigned 16-bit integer.</summary>
    public static readonly DicomVR US = Number("US", "Unsigned Short", 2, typeof(ushort));

    /// <summary>Text without limit, one value.</summary>
    public static readonly DicomVR UT =
        Text("UT", "Unlimited Text", 0, typeof(string), encoded: true, multi: false, isLong: true);

    /// <summary>Unsigned 64-bit integer.</summary>
    public static readonly DicomVR UV = Number("UV", "Unsigned Very Long", 8, typeof(ulong), isLong: true);

    private DicomVR(string code, string name)
    {
        (Code, Name) = (code, name);
        if (code.Length == 2)
        {
            Known.Add(code, this);
        }
    }

    /// <summary>Two capitals.</summary>
    public string Code { get; }

    /// <summary>Name for people.</summary>
    public string Name { get; }

    /// <summary>The value is text.</summary>
    public bool IsString { get; private init; }

    /// <summary>The text is in the data set's character set.</summary>
    public bool IsStringEncoded { get; private init; }

    /// <summary>Its length field has 16 bits in explicit syntaxes.</summary>
    public bool Is16bitLength { get; private init; }

    /// <summary>Backslash parts values.</summary>
    public bool IsMultiValue { get; private init; }

    /// <summary>Byte that makes an odd value even.</summary>
    public byte PaddingValue { get; private init; }

    /// <summary>Largest number of characters of one value (of one group for PN); 0 without limit.</summary>
    public uint MaximumLength { get; private init; }

    /// <summary>Bytes of one value; 1 for text.</summary>
    public int UnitSize { get; private init; } = 1;

    /// <summary>Bytes that trade places between byte orders.</summary>
    public int ByteSwap { get; private init; } = 1;

    /// <summary>Type that suits a value best.</summary>
    public Type ValueType { get; private init; } = typeof(string);

    /// <summary>The representation of that code.</summary>
    /// <exception cref="DicomDataException">No such code.</exception>
    public static DicomVR Parse(string vr) =>
        TryParse(vr, out var found) ? found
            : throw new DicomDataException("Unknown VR: expected two capitals of PS3.5 6.2.");

    /// <summary>The representation of that code, if there is one.</summary>
    public static bool TryParse(string vr, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DicomVR? result) =>
        Known.TryGetValue(vr, out result);

    /// <summary>Checks one value of text against the rules of the representation; does nothing for others.</summary>
    /// <exception cref="DicomValidationException">The value breaks a rule.</exception>
    public void ValidateString(string content)
    {
        if (IsString && !string.IsNullOrEmpty(content) && ValueRules.Fault(this, content) is { } fault)
        {
            throw new DicomValidationException(content, this, fault);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Code;

    internal static DicomVR? Find(byte first, byte second)
    {
        Span<char> code = [(char)first, (char)second];
        return Known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(code, out var vr) ? vr : null;
    }

    private static DicomVR Text(string code, string name, uint maximum, Type type, bool encoded = false,
        bool multi = true,
        bool isLong = false, byte padding = (byte)' ') => new(code, name)
    {
        IsString = true,
        IsStringEncoded = encoded,
        Is16bitLength = !isLong,
        IsMultiValue = multi,
        PaddingValue = padding,
        MaximumLength = maximum,
        ValueType = type,
    };

    private static DicomVR Number(string code, string name, int size, Type type, bool isLong = false, int swap = 0) =>
        new(code, name)
        {
            Is16bitLength = !isLong,
            IsMultiValue = true,
            UnitSize = size,
            ByteSwap = swap == 0 ? size : swap,
            ValueType = type,
        };
}
