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
/// Reads a data set (PS3.5 section 7) with an explicit stack. Lenient about values; strict about structure: lengths stay
/// inside their parent, and depth and counts inside the limits.
/// </summary>
internal sealed class DataSetReader(ByteSource source, Func<ParseState, bool>? stop)
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
    /// <exception cref="DicomDataException">The structure is broken or beyond the limits; the data set holds what came before.</exception>
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

        var key = Tag(bytes, level.Encoding.IsBigEndian);
        if (key >> 16 == 0xFFFE)
        {
            return ReadStray(level, key);
        }

        var tag = new DicomTag((ushort)(key >> 16), (ushort)key, level.Dataset!.CreatorOf((ushort)(key >> 16), (ushort)key));
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

        return TryReadHeader(level, tag, out var vr, out var length) ? ReadValue(level, tag, vr, length) : ReadResult.Truncated;
    }

    private ReadResult ReadValue(Level level, DicomTag tag, DicomVR vr, uint length)
    {
        var encoding = level.Encoding;
        if (vr == DicomVR.UN && (length == Undefined || (!tag.IsPrivate && IsSequence(tag))))
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
            vr = Implied(tag, level.Dataset!);
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

        DicomFragmentSequence fragments = vr == DicomVR.OB ? new DicomOtherByteFragment(tag) : new DicomOtherWordFragment(tag);
        level.Dataset!.Take(fragments);
        Push(new Level { Fragments = fragments, End = long.MaxValue, Limit = LimitOf(level), Encoding = level.Encoding });
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
            vr = Implied(tag, level.Dataset!);
            length = ReadUInt32(bytes[4..], level.Encoding.IsBigEndian);
            return true;
        }

        vr = Stated(level, tag, bytes[4], bytes[5]);
        if (vr.Is16bitLength)
        {
            length = level.Encoding.IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes[6..])
                : BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
            return true;
        }

        if (!source.TryRead(bytes[..4]))
        {
            return false;
        }

        length = ReadUInt32(bytes, level.Encoding.IsBigEndian);
        return true;
    }

    /// <summary>
    /// The representation that two bytes state. Capitals that name none belong to a later edition and have a 32-bit length
    /// (PS3.5 7.1.2); blanks, zeros and question marks, which some writers leave, mean that of the dictionary.
    /// </summary>
    private DicomVR Stated(Level level, DicomTag tag, byte first, byte second) =>
        DicomVR.Find(first, second) is { } vr ? vr
        : char.IsAsciiLetterUpper((char)first) && char.IsAsciiLetterUpper((char)second) ? DicomVR.UN
        : first == second && first is 0 or (byte)' ' or (byte)'?' ? Implied(tag, level.Dataset!)
        : throw Broken($"{tag} has no value representation where one must be");

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

    private ReadResult ReadItem(Level level)
    {
        if (!TryReadItemHeader(level, out var key, out var length))
        {
            return ReadResult.Truncated;
        }

        if (key == SequenceEndTag)
        {
            return level.End == long.MaxValue ? Close() : throw Broken("a sequence of defined length has a delimiter");
        }

        if (key == ItemEndTag)
        {
            return ReadResult.Complete;
        }

        if (key != ItemTag)
        {
            throw Broken($"{(DicomTag)key} where an item of a sequence must be");
        }

        var left = LimitOf(level) - source.Position;
        if (length != Undefined && length > left)
        {
            return LimitOf(level) == source.End ? ReadResult.Truncated
                : throw Broken($"an item is {length} bytes long where its sequence has {left}");
        }

        if (level.Sequence!.Items.Count >= MaximumItems || ++_items > MaximumElements)
        {
            throw Broken($"more than {MaximumItems} items in a sequence or {MaximumElements} in all");
        }

        var item = new DicomDataset(level.Parent!.InternalTransferSyntax) { FallbackEncoding = level.Parent.FallbackEncoding };
        item.Inherit(level.Parent.Encodings);
        level.Sequence.Items.Add(item);
        _levels.Push(new Level
        {
            Dataset = item,
            IsItem = true,
            End = length == Undefined ? long.MaxValue : source.Position + length,
            Limit = LimitOf(level),
            Encoding = level.Encoding,
        });
        return ReadResult.Complete;
    }

    private ReadResult ReadFragment(Level level)
    {
        if (!TryReadItemHeader(level, out var key, out var length))
        {
            return ReadResult.Truncated;
        }

        if (key == SequenceEndTag)
        {
            return Close();
        }

        if (key != ItemTag || length == Undefined)
        {
            throw Broken("pixel data is not a list of fragments");
        }

        if (length > LimitOf(level) - source.Position)
        {
            return level.Limit == source.End ? ReadResult.Truncated : throw Broken("a fragment is longer than its parent");
        }

        var fragments = level.Fragments!;
        if (fragments.Fragments.Count >= MaximumItems)
        {
            throw Broken($"more than {MaximumItems} fragments");
        }

        if (!level.HasOffsetTable)
        {
            level.HasOffsetTable = true;
            ReadOffsetTable(fragments, length, level.Encoding.IsBigEndian);
        }
        else if (source.Take(length) is { } buffer)
        {
            fragments.Fragments.Add(buffer);
        }

        return ReadResult.Complete;
    }

    private void ReadOffsetTable(DicomFragmentSequence fragments, uint length, bool isBigEndian)
    {
        if (length / 4 > MaximumItems)
        {
            throw Broken("an offset table larger than the most fragments");
        }

        var bytes = new byte[length];
        source.TryRead(bytes);
        for (var i = 0; i + 4 <= bytes.Length; i += 4)
        {
            fragments.OffsetTable.Add(ReadUInt32(bytes.AsSpan(i), isBigEndian));
        }
    }

    private bool TryReadItemHeader(Level level, out uint key, out uint length)
    {
        Span<byte> bytes = stackalloc byte[8];
        (key, length) = (0, 0);
        if (!HasRoom(level) || !source.TryRead(bytes))
        {
            return false;
        }

        key = Tag(bytes, level.Encoding.IsBigEndian);
        length = ReadUInt32(bytes[4..], level.Encoding.IsBigEndian);
        return true;
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

    private DicomDataException Broken(string what) => new($"Not a readable data set at byte {source.Position}: {what}.");

    private static bool IsSequence(DicomTag tag) => tag.DictionaryEntry.ValueRepresentations[0] == DicomVR.SQ;

    /// <summary>The representation of an element that does not state it (PS3.5 annex A.1).</summary>
    private static DicomVR Implied(DicomTag tag, DicomDataset dataset)
    {
        var allowed = tag.DictionaryEntry.ValueRepresentations;
        if (allowed.Length == 1)
        {
            return allowed[0] == DicomVR.NONE ? DicomVR.UN : allowed[0];
        }

        if (Array.IndexOf(allowed, DicomVR.OW) >= 0)
        {
            return DicomVR.OW;
        }

        var isSigned = dataset.TryGetSingleValue<ushort>(DicomTag.PixelRepresentation, out var sign) && sign == 1;
        return isSigned ? DicomVR.SS : DicomVR.US;
    }

    private static uint Tag(ReadOnlySpan<byte> bytes, bool isBigEndian) => isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
        : ((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private readonly record struct Layout(bool IsExplicit, bool IsBigEndian);

    /// <summary>What is being read: a data set, a sequence or fragments, and where it ends.</summary>
    private sealed class Level
    {
        public DicomDataset? Dataset { get; init; }

        public DicomSequence? Sequence { get; init; }

        public DicomFragmentSequence? Fragments { get; init; }

        public DicomDataset? Parent { get; init; }

        public bool IsItem { get; init; }

        /// <summary>Position of the end; <see cref="long.MaxValue"/> for undefined length.</summary>
        public long End { get; init; }

        /// <summary>End of the nearest parent of defined length.</summary>
        public long Limit { get; init; } = long.MaxValue;

        public Layout Encoding { get; init; }

        public DicomTag? Previous { get; set; }

        public bool HasOffsetTable { get; set; }
    }
}
