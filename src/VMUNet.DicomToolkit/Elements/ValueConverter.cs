using System.Globalization;

namespace VMUNet.DicomToolkit;

/// <summary>Conversions between the types that values are stored and asked in; culture is always invariant.</summary>
internal static class ValueConverter
{
    private const NumberStyles IntegerStyle = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite |
        NumberStyles.AllowTrailingWhite;

    private const NumberStyles DecimalStyle =
        IntegerStyle | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The value as the type, boxed; null when there is no exact enough way.</summary>
    public static object? Convert(object value, Type type)
    {
        var target = Nullable.GetUnderlyingType(type) ?? type;
        if (target.IsInstanceOfType(value))
        {
            return value;
        }

        try
        {
            return value is string text ? FromText(text, target)
                : target == typeof(string) ? System.Convert.ToString(value, CultureInfo.InvariantCulture)
                : target.IsEnum ? Enum.ToObject(target, value)
                : value is IConvertible && target.IsPrimitive || target == typeof(decimal)
                    ? System.Convert.ChangeType(value, target, CultureInfo.InvariantCulture) : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidCastException
            or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A number's text as the type; whole ones may be written with a zero fraction, as some equipment
    /// does.</summary>
    public static object? ConvertNumber(string text, Type type) => Convert(text, type) ??
        (Convert(text, typeof(decimal)) is decimal d && d == Math.Truncate(d) ? Convert(d, type) : null);

    /// <summary>All values as an array of the type; null when one does not convert.</summary>
    public static Array? ConvertAll(IReadOnlyList<object> values, Type elementType)
    {
        var array = Array.CreateInstance(elementType, values.Count);
        for (var i = 0; i < values.Count; i++)
        {
            if (Convert(values[i], elementType) is not { } converted)
            {
                return null;
            }

            array.SetValue(converted, i);
        }

        return array;
    }

    private static object? FromText(string text, Type target)
    {
        if (target.IsEnum)
        {
            return Enum.TryParse(target, text.Replace(" ", "", StringComparison.Ordinal), true, out var found) ? found
                : null;
        }

        return Type.GetTypeCode(target) switch
        {
            TypeCode.Double => double.Parse(text, DecimalStyle, CultureInfo.InvariantCulture) is var d
                && double.IsFinite(d) ? d : null,
            TypeCode.Single => float.Parse(text, DecimalStyle, CultureInfo.InvariantCulture) is var f
                && float.IsFinite(f) ? f : null,
            TypeCode.Decimal => decimal.Parse(text, DecimalStyle, CultureInfo.InvariantCulture),
            TypeCode.Int32 => int.Parse(text, IntegerStyle, CultureInfo.InvariantCulture),
            TypeCode.Int16 or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64 or TypeCode.Byte
                or TypeCode.SByte => System.Convert.ChangeType(
                    decimal.Parse(text, IntegerStyle, CultureInfo.InvariantCulture), target,
                        CultureInfo.InvariantCulture),
            _ => null,
        };
    }
}
