using System.Buffers.Binary;
using System.Security.Cryptography;

namespace VMUNet.Dimse;

/// <summary>
/// Reads a data set as its bytes arrive, to the last one, without recursion: structure is checked, a few top-level values
/// are kept, every byte is hashed once. Explicit and implicit VR little endian, native or encapsulated. Working memory is the
/// values kept and one stack entry a nesting level.
/// </summary>
public sealed class DataSetSkimmer : IDisposable
{
    private const uint Undefined = 0xFFFF_FFFF;
    private const uint ItemTag = 0xFFFE_E000;
    private const uint ItemEndTag = 0xFFFE_E00D;
    private const uint SequenceEndTag = 0xFFFE_E0DD;
    private const uint PixelDataTag = 0x7FE0_0010;

    private readonly SkimLimits _limits;
    private readonly Stack<Frame> _stack = new();
    private readonly Dictionary<uint, byte[]> _values = [];
    private readonly IncrementalHash _pixels = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _others = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Inflation? _inflating;
    private readonly bool _isEncapsulated;
    private readonly byte[] _header = new byte[12];
    private int _headerLength;
    private int _elements;
    private long _offset;
    private long _valueLeft;
    private uint _valueTag;
    private ArrayBuilder? _kept;
    private bool _isHashing;
    private bool _hasPixels;
    private long _pixelBytes;
    private SkimResult.Refused? _refused;

    /// <summary>A skimmer at the first byte of a data set.</summary>
    public DataSetSkimmer(string transferSyntax, SkimLimits limits)
    {
        ArgumentNullException.ThrowIfNull(transferSyntax);
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
        _isEncapsulated = TransferSyntaxes.IsEncapsulated(transferSyntax);
        _stack.Push(new Frame(FrameKind.Elements, long.MaxValue, false, TransferSyntaxes.IsExplicitVr(transferSyntax)));
        if (transferSyntax == TransferSyntaxes.ExplicitBigEndian)
        {
            Refuse(SkimFault.UnsupportedTransferSyntax, 0);
        }
        else if (transferSyntax == TransferSyntaxes.DeflatedExplicitLittleEndian)
        {
            _inflating = new Inflation(limits, Take);
        }
    }

    private enum FrameKind
    {
        Elements,
        Sequence,
        Fragments,
    }

    /// <summary>True when the data set is known to be unreadable; further bytes are ignored.</summary>
    public bool IsRefused => _refused is not null;

    /// <summary>Skims a stream from its position to its end.</summary>
    public static SkimResult Skim(Stream stream, string transferSyntax, SkimLimits limits)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var skimmer = new DataSetSkimmer(transferSyntax, limits);
        var buffer = new byte[65_536];
        for (int count; !skimmer.IsRefused && (count = stream.Read(buffer)) > 0;)
        {
            skimmer.Append(buffer.AsSpan(0, count));
        }

        return skimmer.Complete();
    }

    /// <summary>Takes the next bytes of the data set, however they are cut.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_inflating is null)
        {
            Take(bytes);
            return;
        }

        _others.AppendData(bytes);
        if (!IsRefused && !_inflating.TryAppend(bytes))
        {
            Refuse(SkimFault.BrokenDeflation, _valueTag);
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        var others = bytes; // from the first byte that no hash has had
        while (!bytes.IsEmpty && _refused is null)
        {
            var isPixels = _valueLeft > 0 && _isHashing;
            var rest = _valueLeft > 0 ? TakeValue(bytes) : TakeHeader(bytes);
            if (isPixels)
            {
                TakeOthers(others[..^bytes.Length]);
                _pixels.AppendData(bytes[..^rest.Length]);
                others = rest;
            }

            bytes = rest;
        }

        TakeOthers(others);
    }

    // A deflated data set is hashed as it came, and its pixels as they are.
    private void TakeOthers(ReadOnlySpan<byte> bytes)
    {
        if (_inflating is null)
        {
            _others.AppendData(bytes);
        }
    }

    /// <summary>The result, after the last byte.</summary>
    public SkimResult Complete()
    {
        if (_refused is null && _inflating is { HasEnded: false })
        {
            Refuse(SkimFault.Truncated, _valueTag);
        }

        if (_refused is null)
        {
            CloseFinished();
            if (_valueLeft > 0 || _headerLength > 0 || _stack.Count > 1)
            {
                Refuse(SkimFault.Truncated, _valueTag);
            }
        }

        if (_refused is not null)
        {
            return _refused;
        }

        var pixels = _pixels.GetHashAndReset();
        _others.AppendData(pixels);
        return new SkimResult.Complete(new SkimmedHeader(
            _values, _offset, Convert.ToHexStringLower(_others.GetHashAndReset()),
            _hasPixels ? Convert.ToHexStringLower(pixels) : null, _pixelBytes));
    }

    /// <summary>Frees the hashes.</summary>
    public void Dispose()
    {
        _pixels.Dispose();
        _others.Dispose();
        _inflating?.Dispose();
    }

    private ReadOnlySpan<byte> TakeValue(ReadOnlySpan<byte> bytes)
    {
        var part = bytes[..(int)Math.Min(bytes.Length, _valueLeft)];
        if (_isHashing)
        {
            _pixelBytes += part.Length;
        }

        _kept?.TryAdd(part[..Math.Min(part.Length, _limits.MaxValueBytes - _kept.Written.Length)], _limits.MaxValueBytes);
        _offset += part.Length;
        _valueLeft -= part.Length;
        if (_valueLeft == 0)
        {
            EndValue();
        }

        return bytes[part.Length..];
    }

    private void EndValue()
    {
        if (_kept is not null)
        {
            _values[_valueTag] = _kept.Written.ToArray();
            _kept = null;
        }
    }

    private ReadOnlySpan<byte> TakeHeader(ReadOnlySpan<byte> bytes)
    {
        if (_headerLength == 0)
        {
            CloseFinished();
        }

        var needed = _headerLength < 8 ? 8 : 12;
        var part = bytes[..Math.Min(bytes.Length, needed - _headerLength)];
        part.CopyTo(_header.AsSpan(_headerLength));
        _headerLength += part.Length;
        _offset += part.Length;
        if (_headerLength == 12 || (_headerLength == 8 && !IsLongHeader()))
        {
            var length = _headerLength;
            _headerLength = 0;
            TakeElement(length);
        }

        return bytes[part.Length..];
    }

    private bool IsLongHeader() =>
        _stack.Peek() is { Kind: FrameKind.Elements, IsExplicit: true }
        && BinaryPrimitives.ReadUInt16LittleEndian(_header) != 0xFFFE
        && IsVr
        && !IsShort(Vr);

    private ushort Vr => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(4));

    private bool IsVr => char.IsAsciiLetterUpper((char)_header[4]) && char.IsAsciiLetterUpper((char)_header[5]);

    // PS3.5 table 7.1-2: these have a length of 16 bits; every other VR, one not known yet included, has 32.
    private static bool IsShort(ushort vr) => vr is
        0x4145 or 0x4153 or 0x4154 or 0x4353 or 0x4441 or 0x4453 or 0x4454 or 0x4644 or 0x464C or 0x4953 or 0x4C4F
        or 0x4C54 or 0x504E or 0x5348 or 0x534C or 0x5353 or 0x5354 or 0x544D or 0x5549 or 0x554C or 0x5553;

    private void TakeElement(int headerLength)
    {
        var tag = ((uint)BinaryPrimitives.ReadUInt16LittleEndian(_header) << 16)
            | BinaryPrimitives.ReadUInt16LittleEndian(_header.AsSpan(2));
        var frame = _stack.Peek();
        if (_offset > frame.End)
        {
            Refuse(SkimFault.LengthBeyondParent, tag);
            return;
        }

        _valueTag = tag;
        if (frame.Kind != FrameKind.Elements || tag >> 16 == 0xFFFE)
        {
            TakeDelimiter(frame, tag, BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(4)));
            return;
        }

        if (++_elements > _limits.MaxElements)
        {
            Refuse(SkimFault.TooManyElements, tag);
        }
        else if (tag >> 16 is 0x0000 or 0x0002)
        {
            Refuse(SkimFault.ForbiddenGroup, tag);
        }
        else if (frame.IsExplicit && !IsVr)
        {
            Refuse(SkimFault.MalformedHeader, tag);
        }
        else
        {
            var length = headerLength == 12
                ? BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(8))
                : frame.IsExplicit
                    ? BinaryPrimitives.ReadUInt16LittleEndian(_header.AsSpan(6))
                    : BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(4));
            BeginElement(frame, tag, length);
        }
    }

    private void BeginElement(Frame frame, uint tag, uint length)
    {
        const ushort Sq = 0x5351, Un = 0x554E, Ob = 0x4F42, Ow = 0x4F57;
        if (length != Undefined && length > frame.End - _offset)
        {
            Refuse(SkimFault.LengthBeyondParent, tag);
        }
        else if (frame.IsExplicit ? Vr == Sq || (Vr == Un && length == Undefined) : length == Undefined && tag != PixelDataTag)
        {
            // An unknown VR of undefined length is a sequence in implicit VR (PS3.5 6.2.2, note 2).
            PushList(NewFrame(FrameKind.Sequence, length, frame.IsExplicit && Vr == Sq));
        }
        else if (length == Undefined && frame.IsExplicit && tag == PixelDataTag && Vr is Ob or Ow)
        {
            BeginFragments(tag);
        }
        else if (length == Undefined)
        {
            Refuse(SkimFault.MalformedHeader, tag);
        }
        else
        {
            BeginValue(tag, length);
        }
    }

    // Fragments of the object's own pixels need a syntax that has them (PS3.5 A.4); an icon's may be left from another one.
    private void BeginFragments(uint tag)
    {
        if (_stack.Count == 1)
        {
            BeginPixels(tag);
            if (!_isEncapsulated)
            {
                Refuse(SkimFault.MalformedHeader, tag);
            }
        }

        PushList(NewFrame(FrameKind.Fragments, Undefined, isExplicit: false));
    }

    private void BeginValue(uint tag, uint length)
    {
        var isTop = _stack.Count == 1;
        if (isTop && SkimTags.IsWanted(tag))
        {
            if (!_values.TryAdd(tag, []))
            {
                Refuse(SkimFault.DuplicateElement, tag);
                return;
            }

            _kept = length > 0 ? new ArrayBuilder() : null;
        }

        _isHashing = isTop && SkimTags.IsPixelData(tag);
        if (_isHashing)
        {
            BeginPixels(tag);
        }

        _valueLeft = length;
    }

    // One object has one pixel data element, in one of its forms (PS3.3 C.7.6.3).
    private void BeginPixels(uint tag)
    {
        if (_hasPixels)
        {
            Refuse(SkimFault.DuplicateElement, tag);
        }

        _hasPixels = true;
    }

    private void TakeDelimiter(Frame frame, uint tag, uint length)
    {
        var isList = frame.Kind != FrameKind.Elements;
        if (tag == (isList ? SequenceEndTag : ItemEndTag) && frame.IsOpenEnded && length == 0)
        {
            _stack.Pop();
        }
        else if (!isList || tag != ItemTag)
        {
            Refuse(SkimFault.MalformedHeader, tag);
        }
        else if (++frame.Items > _limits.MaxItems)
        {
            Refuse(SkimFault.TooManyItems, tag);
        }
        else if (length != Undefined && length > frame.End - _offset)
        {
            Refuse(SkimFault.LengthBeyondParent, tag);
        }
        else if (frame.Kind == FrameKind.Sequence)
        {
            _stack.Push(NewFrame(FrameKind.Elements, length, frame.IsExplicit));
        }
        else if (length == Undefined)
        {
            Refuse(SkimFault.MalformedHeader, tag);
        }
        else
        {
            // The first item is the basic offset table (PS3.5 A.4); it is no pixel.
            _isHashing = _stack.Count == 2 && frame.Items > 1;
            _valueLeft = length;
        }
    }

    // Below the root, every sequence brings one level for itself and one for its item.
    private void PushList(Frame frame)
    {
        _stack.Push(frame);
        if (_stack.Count / 2 > _limits.MaxDepth)
        {
            Refuse(SkimFault.TooDeep, _valueTag);
        }
    }

    private Frame NewFrame(FrameKind kind, uint length, bool isExplicit)
    {
        var isOpenEnded = length == Undefined;
        return new Frame(kind, isOpenEnded ? _stack.Peek().End : _offset + length, isOpenEnded, isExplicit);
    }

    private void CloseFinished()
    {
        while (_stack.Count > 1 && _offset == _stack.Peek().End && !_stack.Peek().IsOpenEnded)
        {
            _stack.Pop();
        }
    }

    private void Refuse(SkimFault fault, uint tag) => _refused ??= new SkimResult.Refused(
        fault, $"{fault} at element ({tag >> 16:X4},{tag & 0xFFFF:X4}), byte {_offset} of the data set");

    /// <summary>A level that is being read: elements of a data set or item, items of a sequence, or fragments.</summary>
    private sealed class Frame(FrameKind kind, long end, bool isOpenEnded, bool isExplicit)
    {
        public FrameKind Kind { get; } = kind;

        /// <summary>Offset that nothing inside may pass: its own end, or its parent's when it is open-ended.</summary>
        public long End { get; } = end;

        /// <summary>True when a delimiter ends it.</summary>
        public bool IsOpenEnded { get; } = isOpenEnded;

        public bool IsExplicit { get; } = isExplicit;

        public int Items { get; set; }
    }
}
