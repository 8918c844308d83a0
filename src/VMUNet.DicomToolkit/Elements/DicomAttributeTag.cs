using System.Runtime.InteropServices;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>AT: tags as values.</summary>
public class DicomAttributeTag : DicomElement
{
    /// <summary>From tags.</summary>
    public DicomAttributeTag(DicomTag tag, params DicomTag[] values)
        : base(tag, new MemoryByteBuffer(MemoryMarshal.AsBytes(
            values.SelectMany(v => new[] { v.Group, v.Element }).ToArray().AsSpan()).ToArray()))
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomAttributeTag(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.AT;

    /// <inheritdoc/>
    public override int Count => (int)(Buffer.Size / 4);

    /// <summary>The tags.</summary>
    public IEnumerable<DicomTag> Values
    {
        get
        {
            var words = MemoryMarshal.Cast<byte, ushort>(Buffer.Data).ToArray();
            return Enumerable.Range(0, words.Length / 2).Select(i => new DicomTag(words[2 * i], words[2 * i + 1]));
        }
    }

    /// <inheritdoc/>
    public override T Get<T>(int item = -1)
    {
        if (typeof(T) == typeof(IByteBuffer))
        {
            return (T)Buffer;
        }

        var values = Values.ToArray();
        if (typeof(T) == typeof(DicomTag[]))
        {
            return (T)(object)values;
        }

        if (typeof(T) == typeof(string[]))
        {
            return (T)(object)values.Select(v => v.ToString()).ToArray();
        }

        var index = Math.Max(item, 0);
        if (index >= values.Length)
        {
            throw NoSuchValue(index);
        }

        return typeof(T) == typeof(DicomTag) || typeof(T) == typeof(object) ? (T)(object)values[index]
            : typeof(T) == typeof(string) ? (T)(object)values[index].ToString()
            : typeof(T) == typeof(uint) ? (T)(object)(uint)values[index]
            : throw CannotConvert(typeof(T));
    }
}
