using System.Text;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>Text. Bytes that were read are kept as they are until another character set is asked for.</summary>
public abstract class DicomStringElement : DicomElement
{
    private readonly IByteBuffer? _read;
    private string? _text;

    /// <summary>Makes one from text; it is encoded when written.</summary>
    protected DicomStringElement(DicomTag tag, string? value) : base(tag, null) => _text = value ?? "";

    /// <summary>Makes one over bytes in the given character sets.</summary>
    protected DicomStringElement(DicomTag tag, Encoding[]? encodings, IByteBuffer? buffer) : base(tag, buffer)
    {
        _read = buffer ?? EmptyBuffer.Value;
        Encodings = encodings is { Length: > 0 } ? TextEncodings.For([], encodings[0]) : null;
    }

    /// <inheritdoc/>
    public override int Count => 1;

    /// <summary>Bytes in the character set of the data set that the element was read from or added to.</summary>
    public override IByteBuffer Buffer
    {
        get => _read ?? BytesFor(Encodings ?? TextEncodings.Default);
        protected set { }
    }

    /// <summary>Character sets of the bytes; null as long as the element is text in no data set.</summary>
    internal TextEncodings? Encodings { get; set; }

    /// <summary>The text without trailing padding.</summary>
    protected string StringValue => _text ??= Decode(_read!.Data);

    /// <inheritdoc/>
    public override T Get<T>(int item = -1)
    {
        if (typeof(T) == typeof(string) || typeof(T) == typeof(object))
        {
            return item > 0 ? throw NoSuchValue(item) : (T)(object)StringValue;
        }

        if (typeof(T) == typeof(string[]))
        {
            return (T)(object)new[] { StringValue };
        }

        return typeof(T) == typeof(IByteBuffer) ? (T)Buffer
            : typeof(T) == typeof(byte[]) ? (T)(object)Buffer.Data
            : throw CannotConvert(typeof(T));
    }

    /// <summary>Even-sized bytes in a character set: those that were read if they are in it already.</summary>
    /// <exception cref="DicomDataException">The set lacks a character of the text.</exception>
    internal IByteBuffer BytesFor(TextEncodings target)
    {
        if (_read is not null
            && (!ValueRepresentation.IsStringEncoded || target.Equals(Encodings ?? TextEncodings.Default)))
        {
            return _read;
        }

        if (_read is not null && _read.Data is var bytes
            && !bytes.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)0x7F) &&
            !bytes.Contains((byte)0x1B))
        {
            return _read;
        }

        var encoded = ValueRepresentation.IsStringEncoded ? target.Encode(StringValue)
            : Encoding.Latin1.GetBytes(StringValue);
        if (encoded.Length % 2 == 1)
        {
            Array.Resize(ref encoded, encoded.Length + 1);
            encoded[^1] = ValueRepresentation.PaddingValue;
        }

        return new MemoryByteBuffer(encoded);
    }

    /// <summary>Text that was never bytes takes on the character set that its data set gets.</summary>
    internal void ForgetUnwritten()
    {
        if (_read is null)
        {
            Encodings = null;
        }
    }

    /// <inheritdoc/>
    protected override void ValidateString() => ValueRepresentation.ValidateString(StringValue);

    private string Decode(byte[] bytes) =>
        (ValueRepresentation.IsStringEncoded ? (Encodings ?? TextEncodings.Default).Decode(bytes)
            : Encoding.Latin1.GetString(bytes))
        .TrimEnd(' ', '\0');
}

/// <summary>Text of several values parted by backslashes.</summary>
public abstract class DicomMultiStringElement : DicomStringElement
{
    private string[]? _values;

    /// <summary>Makes one from values.</summary>
    protected DicomMultiStringElement(DicomTag tag, params string[]? values)
        : base(tag, values is null ? "" : string.Join('\\', values))
    {
    }

    /// <summary>Makes one over bytes.</summary>
    protected DicomMultiStringElement(DicomTag tag, Encoding[]? encodings, IByteBuffer? buffer)
        : base(tag, encodings, buffer)
    {
    }

    /// <inheritdoc/>
    public override int Count => Values.Length;

    private protected string[] Values => _values ??= StringValue.Length == 0 ? [] : Split(StringValue);

    /// <inheritdoc/>
    public override T Get<T>(int item = -1)
    {
        if (typeof(T) == typeof(string) || typeof(T) == typeof(object))
        {
            return (T)(object)(item == -1 ? string.Join('\\', Values) : At(item));
        }

        if (typeof(T) == typeof(string[]))
        {
            return (T)Values.Clone();
        }

        if (typeof(T) == typeof(IByteBuffer) || typeof(T) == typeof(byte[]))
        {
            return base.Get<T>(item);
        }

        if (typeof(T).IsArray)
        {
            var type = typeof(T).GetElementType()!;
            var converted = Array.CreateInstance(type, Values.Length);
            for (var i = 0; i < Values.Length; i++)
            {
                converted.SetValue(ConvertValue(Values[i], type) ?? throw CannotConvert(type), i);
            }

            return (T)(object)converted;
        }

        return (T)(ConvertValue(At(Math.Max(item, 0)), typeof(T)) ?? throw CannotConvert(typeof(T)));
    }

    /// <inheritdoc/>
    protected override void ValidateString()
    {
        foreach (var value in Values)
        {
            ValueRepresentation.ValidateString(value);
        }
    }

    /// <summary>One value as a type; null when it cannot be. Only enumerations by default.</summary>
    private protected virtual object? ConvertValue(string value, Type type) =>
        type.IsEnum || Nullable.GetUnderlyingType(type) is { IsEnum: true } || type == typeof(string)
            ? ValueConverter.Convert(value, type) : null;

    private string At(int item) => item >= 0 && item < Values.Length ? Values[item] : throw NoSuchValue(item);

    private static string[] Split(string text)
    {
        var values = text.Split('\\');
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = values[i].Trim(' ', '\0');
        }

        return values;
    }
}
