using System.Runtime.InteropServices;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>Numbers of one machine type, little endian.</summary>
public abstract class DicomValueElement<TV> : DicomElement
    where TV : unmanaged
{
    /// <summary>From numbers.</summary>
    protected DicomValueElement(DicomTag tag, params TV[]? values)
        : base(tag, values is null ? null : new MemoryByteBuffer(MemoryMarshal.AsBytes(values.AsSpan()).ToArray()))
    {
    }

    /// <summary>Over bytes.</summary>
    protected DicomValueElement(DicomTag tag, IByteBuffer? data) : base(tag, data)
    {
    }

    /// <summary>Number of whole values.</summary>
    public override int Count => (int)Math.Min(int.MaxValue, Buffer.Size / Marshal.SizeOf<TV>());

    /// <inheritdoc/>
    public override T Get<T>(int item = -1)
    {
        if (typeof(T) == typeof(IByteBuffer))
        {
            return (T)Buffer;
        }

        if (typeof(T) == typeof(TV[]))
        {
            return (T)(object)Values();
        }

        if (typeof(T) == typeof(byte[]))
        {
            return (T)(object)Buffer.Data;
        }

        if (typeof(T).IsArray)
        {
            var values = Values();
            return (T)(object)(ValueConverter.ConvertAll(Array.ConvertAll(values, v => (object)v),
                typeof(T).GetElementType()!)
                ?? throw CannotConvert(typeof(T)));
        }

        var value = At(Math.Max(item, 0));
        return value is T same ? same : (T)(ValueConverter.Convert(value, typeof(T)) ?? throw CannotConvert(typeof(T)));
    }

    private TV[] Values() => MemoryMarshal.Cast<byte, TV>(Buffer.Data).ToArray();

    private TV At(int item)
    {
        if (item >= Count)
        {
            throw NoSuchValue(item);
        }

        var size = Marshal.SizeOf<TV>();
        var bytes = new byte[size];
        Buffer.GetByteRange((long)item * size, size, bytes);
        return MemoryMarshal.Read<TV>(bytes);
    }
}

/// <summary>Opaque bytes or words: any number of values is one value.</summary>
public abstract class DicomOtherElement<TV> : DicomValueElement<TV>
    where TV : unmanaged
{
    /// <summary>From numbers.</summary>
    protected DicomOtherElement(DicomTag tag, params TV[]? values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    protected DicomOtherElement(DicomTag tag, IByteBuffer? data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    protected override void ValidateVM()
    {
    }
}
