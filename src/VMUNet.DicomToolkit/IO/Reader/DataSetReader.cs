using System.Buffers.Binary;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.IO.Reader;

/// <summary>How reading a data set ended.</summary>
internal enum ReadResult
{
    /// <summary>At its end.</summary>
    Complete,

    /// <summary>The bytes ended first.</summary>
    Truncated,

    /// <summary>The caller's function said stop.</summary>
    Stopped,
}

/// <summary>
/// Reads a data set (PS3.5 section 7) with an explicit stack. Lenient about values; strict about structure: lengths
/// stay inside their parent, and depth and counts inside the limits.
/// </summary>
internal sealed partial class DataSetReader(ByteSource source, Func<ParseState, bool>? stop)
{
    /// <summary>Deepest nesting of sequences; real reports nest 10 to 15 deep.</summary>
    public const int MaximumDepth = 32;

    /// <summary>Most elements of a data set, those of all items counted.</summary>
    public const int MaximumElements = 200_000;

    /// <summary>Most items of one sequence, or fragments of one frame sequence.</summary>
    public const int MaximumItems = 100_000;

    private const uint Undefined = 0xFFFFFFFF;
    private const uint ItemTag = 0xFFFEE000;
    private const uint ItemEndTag = 0xFFFEE00D;
    private const uint SequenceEndTag = 0xFFFEE0DD;

    private readonly Stack<Level> _levels = new();
    private int _elements;
    private int _items;
    private int _depth;

    /// <summary>Reads to the end of the source.</summary>
    /// <exception cref="DicomDataException">The structure is broken or beyond the limits;
    /// the data set holds what came before.</exception>
    public ReadResult Read(DicomDataset root, bool isExplicit, bool isBigEndian)
    {
        _levels.Push(new Level { Dataset = root, End = source.End, Encoding = new(isExplicit, isBigEndian) });
        while (_levels.TryPeek(out var level))
        {
            if (level.End == source.Position)
            {
                Pop();
                continue;
            }

            var result = level.Dataset is not null ? ReadElement(level)
                : level.Sequence is not null ? ReadItem(level) : ReadFragment(level);
            if (result != ReadResult.Complete)
            {
                return result;
            }
        }

        return ReadResult.Complete;
    }

    /// <summary>Reads group 0002, always explicit little endian, up to the first tag of another group.</summary>
    public ReadResult ReadMeta(DicomDataset meta)
    {
        var level = new Level { Dataset = meta, End = source.End, Encoding = new(true, false) };
        Span<byte> group = stackalloc byte[2];
        while (source.TryPeek(group) && BinaryPrimitives.ReadUInt16LittleEndian(group) == 2)
        {
            if (ReadElement(level) is var result && result != ReadResult.Complete)
            {
                return result;
            }

            if (_levels.Count > 0)
            {
                throw Broken("a sequence in the meta information");
            }
        }

        return ReadResult.Complete;
    }

    private ReadResult ReadElement(Level level)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (!HasRoom(level) || !source.TryPeek(bytes))
        {
            return ReadResult.Truncated;
        }

        var key = level.Encoding.Tag(bytes);
        if (key >> 16 == 0xFFFE)
        {
            return ReadStray(level, key);
        }

        var tag = new DicomTag((ushort)(key >> 16), (ushort)key,
            level.Dataset!.CreatorOf((ushort)(key >> 16), (ushort)key));
        if (stop is not null)
        {
            if (stop(new ParseState { Tag = tag, PreviousTag = level.Previous, SequenceDepth = _depth }))
            {
                return ReadResult.Stopped;
            }

            level.Previous = tag;
        }

        if (++_elements > MaximumElements)
        {
            throw Broken($"more than {MaximumElements} elements");
        }

        return TryReadHeader(level, tag, out var vr, out var length) ? ReadValue(level, tag, vr, length)
            : ReadResult.Truncated;
    }

    private ReadResult ReadValue(Level level, DicomTag tag, DicomVR vr, uint length)
    {
        var encoding = level.Encoding;
        if (vr == DicomVR.UN && (length == Undefined || (!tag.IsPrivate && Layout.IsSequence(tag))))
        {
            // PS3.5 6.2.2 note 5: such a value is a sequence in implicit little endian, whatever surrounds it.
            (vr, encoding) = (DicomVR.SQ, new(false, false));
        }

        var left = LimitOf(level) - source.Position;
        if (length != Undefined && length > left)
        {
            return LimitOf(level) == source.End ? ReadResult.Truncated
                : throw Broken($"{tag} is {length} bytes long where its item or sequence has {left}");
        }

        if (vr == DicomVR.SQ)
        {
            var sequence = new DicomSequence(tag);
            level.Dataset!.Take(sequence);
            Push(new Level
            {
                Sequence = sequence,
                Parent = level.Dataset,
                End = length == Undefined ? long.MaxValue : source.Position + length,
                Limit = LimitOf(level),
                Encoding = encoding,
            });
            return ReadResult.Complete;
        }

        if (length == Undefined)
        {
            return StartFragments(level, tag, vr);
        }

        if (source.Take(length) is { } buffer)
        {
            Add(level, tag, vr, buffer);
        }

        return ReadResult.Complete;
    }

    private static void Add(Level level, DicomTag tag, DicomVR vr, IByteBuffer buffer)
    {
        if (vr == DicomVR.UN && !tag.IsPrivate)
        {
            vr = Layout.Implied(tag, level.Dataset!);
        }

        if (level.Encoding.IsBigEndian)
        {
            buffer = SwapByteBuffer.Wrap(buffer, vr.ByteSwap);
        }

        level.Dataset!.Take(ElementFactory.FromBytes(vr, tag, buffer, level.Dataset.Encodings));
    }

    private ReadResult StartFragments(Level level, DicomTag tag, DicomVR vr)
    {
        if (vr != DicomVR.OB && vr != DicomVR.OW)
        {
            throw Broken($"{tag} of VR {vr} has undefined length");
        }

        DicomFragmentSequence fragments = vr == DicomVR.OB ? new DicomOtherByteFragment(tag)
            : new DicomOtherWordFragment(tag);
        level.Dataset!.Take(fragments);
        Push(new Level { Fragments = fragments, End = long.MaxValue, Limit = LimitOf(level),
            Encoding = level.Encoding });
        return ReadResult.Complete;
    }

    private bool TryReadHeader(Level level, DicomTag tag, out DicomVR vr, out uint length)
    {
        Span<byte> bytes = stackalloc byte[8];
        (vr, length) = (DicomVR.UN, 0);
        if (!source.TryRead(bytes))
        {
            return false;
        }

        if (!level.Encoding.IsExplicit)
        {
            vr = Layout.Implied(tag, level.Dataset!);
            length = level.Encoding.UInt32(bytes[4..]);
            return true;
        }

        vr = Layout.Stated(bytes[4], bytes[5], tag, level.Dataset!) ??
            throw Broken($"{tag} has no value representation where one must be");
        if (vr.Is16bitLength)
        {
            length = level.Encoding.UInt16(bytes[6..]);
            return true;
        }

        if (!source.TryRead(bytes[..4]))
        {
            return false;
        }

        length = level.Encoding.UInt32(bytes);
        return true;
    }

    /// <summary>A delimiter between elements: the end of an undefined item, or nothing of meaning.</summary>
    private ReadResult ReadStray(Level level, uint key)
    {
        if (key == ItemTag)
        {
            throw Broken("an item outside a sequence");
        }

        if (key == SequenceEndTag && level.IsItem && level.End == long.MaxValue)
        {
            // The item's own delimiter is missing; the sequence reads this one.
            Pop();
            return ReadResult.Complete;
        }

        source.Position += 8;
        if (key == ItemEndTag && level.IsItem && level.End == long.MaxValue)
        {
            Pop();
        }

        return ReadResult.Complete;
    }

    private void Push(Level level)
    {
        if (++_depth > MaximumDepth)
        {
            throw Broken($"sequences nested deeper than {MaximumDepth}");
        }

        _levels.Push(level);
    }

    private void Pop()
    {
        if (_levels.Pop().Dataset is null)
        {
            _depth--;
        }
    }

    private ReadResult Close()
    {
        Pop();
        return ReadResult.Complete;
    }

    /// <summary>Where the bytes of something inside this level must end at the latest.</summary>
    private static long LimitOf(Level level) => level.End == long.MaxValue ? level.Limit : level.End;

    /// <summary>A header of eight bytes fits; false when the source has ended.</summary>
    /// <exception cref="DicomDataException">The parent has ended, but not this level.</exception>
    private bool HasRoom(Level level) =>
        LimitOf(level) - source.Position >= 8 ||
        (LimitOf(level) == source.End ? false : throw Broken("a delimiter is missing before the end of its parent"));

    private DicomDataException Broken(string what) =>
        new($"Not a readable data set at byte {source.Position}: {what}.");
}
