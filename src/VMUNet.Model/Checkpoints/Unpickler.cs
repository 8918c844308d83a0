using System.Buffers.Binary;
using System.Text;
using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>A dictionary of a pickle, in its order; keys may be of any type and may repeat.</summary>
internal sealed class PickledDictionary
{
    /// <summary>Keys and values.</summary>
    public List<KeyValuePair<object?, object?>> Items { get; } = [];
}

/// <summary>
/// Reads the pickle inside a PyTorch file without running anything: it knows the opcodes that torch.save writes
/// (protocols 2 to 5), builds tensors, dictionaries, lists, tuples and plain values, and refuses every other name.
/// </summary>
/// <remarks>
/// A tuple becomes object[], a list List, an integer long, None null. NumPy scalars (the losses beside a state_dict) and
/// what they are made of become one value without content.
/// </remarks>
internal sealed class Unpickler
{
    private const int HighestProtocol = 5;
    private const int MostLongBytes = 8;

    /// <summary>Stands for a value that is allowed and of no use here.</summary>
    private static readonly object Inert = new();

    private static readonly Dictionary<string, ScalarType> StorageTypes = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = ScalarType.Float32,
        ["torch.HalfStorage"] = ScalarType.Float16,
        ["torch.BFloat16Storage"] = ScalarType.BFloat16,
        ["torch.DoubleStorage"] = ScalarType.Float64,
        ["torch.LongStorage"] = ScalarType.Int64,
    };

    private static readonly Dictionary<string, Func<Unpickler, object?[], object?>> Makers = new(StringComparer.Ordinal)
    {
        ["collections.OrderedDict"] = (u, arguments) =>
            arguments.Length == 0 ? new PickledDictionary() : throw u.Refused("an OrderedDict made from arguments"),
        ["torch._utils._rebuild_tensor_v2"] = (u, arguments) => u.TensorOf(arguments),
        ["torch._utils._rebuild_parameter"] = (u, arguments) =>
            arguments is [TorchTensor tensor, ..] ? tensor : throw u.Refused("a parameter without a tensor"),
        ["numpy.core.multiarray.scalar"] = (_, _) => Inert,
        ["numpy._core.multiarray.scalar"] = (_, _) => Inert,
        ["numpy.dtype"] = (_, _) => Inert,
        ["_codecs.encode"] = (_, _) => Inert,
    };

    private readonly byte[] _bytes;
    private readonly string _source;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memo = [];
    private int _at;

    private Unpickler(byte[] bytes, string source)
    {
        _bytes = bytes;
        _source = source;
    }

    /// <summary>The pickled value.</summary>
    /// <param name="bytes">The whole pickle.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <exception cref="BadInputException">Damaged, or it names something that is no tensor and no container.</exception>
    public static object? Read(byte[] bytes, string source) => new Unpickler(bytes, source).Run();

    private object? Run()
    {
        while (true)
        {
            byte code = Take(1)[0];
            if (code == '.')
            {
                return Pop();
            }

            if (!Value(code) && !Container(code) && !Memory(code) && !Made(code))
            {
                throw Refused($"the opcode 0x{code:x2}");
            }
        }
    }

    /// <summary>Plain values.</summary>
    private bool Value(byte code)
    {
        switch (code)
        {
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'K': Push((long)Take(1)[0]); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 0x8a: Push(Long(Take(Take(1)[0]))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case (byte)'X': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case 0x8c: Push(Text(Take(1)[0])); break;
            case 0x8d: Push(Text(BinaryPrimitives.ReadInt64LittleEndian(Take(8)))); break;
            case (byte)'C': Take(Take(1)[0]); Push(Inert); break;
            case (byte)'B': Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); Push(Inert); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Tuples, lists, dictionaries.</summary>
    private bool Container(byte code)
    {
        switch (code)
        {
            case (byte)'(': _marks.Push(_stack.Count); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case (byte)'t': Push(PopToMark()); break;
            case 0x85 or 0x86 or 0x87: Push(PopMany(code - 0x84)); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'}': Push(new PickledDictionary()); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'s': SetItems(PopMany(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            default: return false;
        }

        return true;
    }

    /// <summary>The memo and framing.</summary>
    private bool Memory(byte code)
    {
        switch (code)
        {
            case 0x80:
                int protocol = Take(1)[0];
                if (protocol > HighestProtocol)
                {
                    throw Refused($"pickle protocol {protocol}");
                }

                break;
            case 0x95: Take(8); break;
            case (byte)'q': _memo[Take(1)[0]] = Top(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top(); break;
            case 0x94: _memo[_memo.Count] = Top(); break;
            case (byte)'h': Push(Remembered(Take(1)[0])); break;
            case (byte)'j': Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Names, and what may be made of them.</summary>
    private bool Made(byte code)
    {
        switch (code)
        {
            case (byte)'c':
                Push(Global($"{Line()}.{Line()}"));
                break;
            case 0x93:
                object?[] parts = PopMany(2);
                Push(Global(parts is [string module, string name] ? $"{module}.{name}" : throw Refused("a name that is no text")));
                break;
            case (byte)'R':
                object?[] arguments = Pop() as object?[] ?? throw Refused("arguments that are no tuple");
                Name called = Pop() as Name ?? throw Refused("a call of a value");
                Push(Makers.TryGetValue(called.Text, out var make)
                    ? make(this, arguments)
                    : throw Refused($"a call of {called.Text}"));
                break;
            case (byte)'b':
                _ = Pop();
                if (Top() is not PickledDictionary && !ReferenceEquals(Top(), Inert))
                {
                    throw Refused("a state for something that has none");
                }

                break;
            case (byte)'Q':
                Push(Pop() is object?[] and ["storage", Name type, string key, string, long count, ..] && count >= 0
                    && StorageTypes.TryGetValue(type.Text, out ScalarType scalar)
                    ? new TorchStorage(key, scalar, count)
                    : throw Refused("a storage of an unknown kind"));
                break;
            default: return false;
        }

        return true;
    }

    private Name Global(string name) => Makers.ContainsKey(name) || StorageTypes.ContainsKey(name)
        ? new Name(name)
        : throw Refused(name);

    private TorchTensor TensorOf(object?[] arguments) =>
        arguments is [TorchStorage storage, long offset, object?[] sizes, object?[] strides, ..]
        && sizes.All(n => n is long) && strides.All(n => n is long)
            ? TorchTensor.Of(storage, offset, [.. sizes.Cast<long>()], [.. strides.Cast<long>()])
                ?? throw Damaged($"a tensor of {sizes.Length} dimensions does not lie in its storage of {storage.Count} numbers")
            : throw Damaged("a tensor is not described as one");

    private void Append(object?[] values)
    {
        List<object?> list = Top() as List<object?> ?? throw Damaged("something is appended to what is no list");
        list.AddRange(values);
    }

    private void SetItems(object?[] values)
    {
        PickledDictionary dictionary = Top() as PickledDictionary ?? throw Damaged("something is set in what is no dictionary");
        if (values.Length % 2 != 0)
        {
            throw Damaged("a key has no value");
        }

        for (int i = 0; i < values.Length; i += 2)
        {
            dictionary.Items.Add(KeyValuePair.Create(values[i], values[i + 1]));
        }
    }

    private long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MostLongBytes)
        {
            throw Refused($"an integer of {bytes.Length} bytes");
        }

        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private string Text(long length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        int end = Array.IndexOf(_bytes, (byte)'\n', _at);
        if (end < 0)
        {
            throw Damaged("a name does not end");
        }

        string line = Text(end - _at);
        _at++;
        return line;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _bytes.Length - _at)
        {
            throw Damaged("it ends too early");
        }

        _at += (int)count;
        return _bytes.AsSpan(_at - (int)count, (int)count);
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Top() => _stack.Count > Floor() ? _stack[^1] : throw Damaged("a value is missing");

    private object? Pop() => PopMany(1)[0];

    private object?[] PopMany(int count)
    {
        if (_stack.Count - count < Floor())
        {
            throw Damaged("a value is missing");
        }

        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        int count = _stack.Count - Floor();
        object?[] values = PopMany(count);
        return _marks.TryPop(out _) ? values : throw Damaged("a mark is missing");
    }

    private int Floor() => _marks.TryPeek(out int mark) ? mark : 0;

    private object? Remembered(long place) =>
        _memo.TryGetValue(place, out object? value) ? value : throw Damaged("it refers to nothing");

    private BadInputException Refused(string what) => new(
        $"{_source} holds {what}. Only tensors and plain containers are read, and nothing was run; "
        + "save the state_dict alone and try again.");

    private BadInputException Damaged(string why) => new($"{_source} is a damaged PyTorch file: {why}.");

    /// <summary>A name that may be called, or that a storage may be of.</summary>
    private sealed record Name(string Text);
}
