namespace VMUNet.DicomToolkit.IO.Reader;

/// <summary>Items of sequences and fragments of pixel data.</summary>
internal sealed partial class DataSetReader
{
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

        var item = new DicomDataset(level.Parent!.InternalTransferSyntax)
        {
            FallbackEncoding = level.Parent.FallbackEncoding,
        };
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
            return level.Limit == source.End ? ReadResult.Truncated
                : throw Broken("a fragment is longer than its parent");
        }

        var fragments = level.Fragments!;
        if (fragments.Fragments.Count >= MaximumItems)
        {
            throw Broken($"more than {MaximumItems} fragments");
        }

        if (!level.HasOffsetTable)
        {
            level.HasOffsetTable = true;
            ReadOffsetTable(fragments, length, level.Encoding);
        }
        else if (source.Take(length) is { } buffer)
        {
            fragments.Fragments.Add(buffer);
        }

        return ReadResult.Complete;
    }

    private void ReadOffsetTable(DicomFragmentSequence fragments, uint length, Layout layout)
    {
        if (length / 4 > MaximumItems)
        {
            throw Broken("an offset table larger than the most fragments");
        }

        var bytes = new byte[length];
        source.TryRead(bytes);
        for (var i = 0; i + 4 <= bytes.Length; i += 4)
        {
            fragments.OffsetTable.Add(layout.UInt32(bytes.AsSpan(i)));
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

        key = level.Encoding.Tag(bytes);
        length = level.Encoding.UInt32(bytes[4..]);
        return true;
    }
}
