using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace VMUNet.DicomToolkit;

/// <summary>Elements by tag; enumerated in tag order.</summary>
public partial class DicomDataset : IEnumerable<DicomItem>
{
    private readonly SortedDictionary<uint, DicomItem> _items = [];
    private TextEncodings? _inherited;
    private TextEncodings? _own;

    /// <summary>An empty data set in explicit little endian.</summary>
    public DicomDataset() : this(DicomTransferSyntax.ExplicitVRLittleEndian)
    {
    }

    /// <summary>An empty data set whose pixel data is in the given syntax.</summary>
    public DicomDataset(DicomTransferSyntax internalTransferSyntax) => InternalTransferSyntax = internalTransferSyntax;

    /// <summary>A data set of items, which are validated.</summary>
    public DicomDataset(params DicomItem[] items) : this((IEnumerable<DicomItem>)items)
    {
    }

    /// <summary>A data set of items, which are validated.</summary>
    public DicomDataset(IEnumerable<DicomItem> items) : this()
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var item in items)
        {
            Add(item);
        }
    }

    /// <summary>The syntax that the pixel data is in, and that a file of the data set is written in.</summary>
    public DicomTransferSyntax InternalTransferSyntax { get; internal set; }

    /// <summary>Items are validated when added;
    /// true unless <see cref="DicomDatasetExtensions.NotValidated"/> was called.</summary>
    [Obsolete("Use NotValidated and Validated.")]
    public bool AutoValidate
    {
        get => ValidateItems;
        set => ValidateItems = value;
    }

    internal bool ValidateItems { get; set; } = true;

    /// <summary>Number of items.</summary>
    internal int ItemCount => _items.Count;

    /// <summary>Character sets: the data set's own, else those of the data set around it, else the default.</summary>
    internal TextEncodings Encodings =>
        _own ??= EncodingsOf(_items.GetValueOrDefault(DicomTag.SpecificCharacterSet.Key)) ??
        _inherited ?? TextEncodings.Default;

    internal Encoding? FallbackEncoding { get; set; }

    /// <summary>The tag is there, with or without a value.</summary>
    public bool Contains(DicomTag tag) => Find(tag) is not null;

    /// <summary>Adds a valid item.</summary>
    /// <exception cref="ArgumentException">The tag is there already.</exception>
    /// <exception cref="DicomValidationException">The value breaks a rule of its VR or VM.</exception>
    public DicomDataset Add(DicomItem item) => Put(item, false);

    /// <inheritdoc cref="Add(DicomItem)"/>
    public DicomDataset Add(params DicomItem[] items) => Add((IEnumerable<DicomItem>)items);

    /// <inheritdoc cref="Add(DicomItem)"/>
    public DicomDataset Add(IEnumerable<DicomItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var item in items)
        {
            Put(item, false);
        }

        return this;
    }

    /// <summary>Adds values in the VR that the dictionary gives.</summary>
    /// <exception cref="DicomDataException">The dictionary does not know the tag.</exception>
    /// <exception cref="InvalidOperationException">The values do not suit the VR.</exception>
    /// <inheritdoc cref="Add(DicomItem)"/>
    public DicomDataset Add<T>(DicomTag tag, params T[] values) => Put(Make(null, tag, values), false);

    /// <inheritdoc cref="Add{T}(DicomTag, T[])"/>
    public DicomDataset Add<T>(DicomVR vr, DicomTag tag, params T[] values) => Put(Make(vr, tag, values), false);

    /// <summary>Adds a valid item, in place of one with the same tag.</summary>
    /// <exception cref="DicomValidationException">The value breaks a rule of its VR or VM.</exception>
    public DicomDataset AddOrUpdate(DicomItem item) => Put(item, true);

    /// <inheritdoc cref="AddOrUpdate(DicomItem)"/>
    public DicomDataset AddOrUpdate(params DicomItem[] items) => AddOrUpdate((IEnumerable<DicomItem>)items);

    /// <inheritdoc cref="AddOrUpdate(DicomItem)"/>
    public DicomDataset AddOrUpdate(IEnumerable<DicomItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var item in items)
        {
            Put(item, true);
        }

        return this;
    }

    /// <summary>Adds or replaces values in the VR that the dictionary gives.</summary>
    /// <inheritdoc cref="Add{T}(DicomTag, T[])"/>
    public DicomDataset AddOrUpdate<T>(DicomTag tag, params T[] values) => Put(Make(null, tag, values), true);

    /// <inheritdoc cref="AddOrUpdate{T}(DicomTag, T[])"/>
    public DicomDataset AddOrUpdate<T>(DicomVR vr, DicomTag tag, params T[] values) => Put(Make(vr, tag, values), true);

    /// <summary>Removes tags; those that are not there are passed over.</summary>
    public DicomDataset Remove(params DicomTag[] tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        foreach (var tag in tags)
        {
            if (Find(tag) is { } item)
            {
                Drop(item);
            }
        }

        return this;
    }

    /// <summary>Removes items that the function picks.</summary>
    public DicomDataset Remove(Func<DicomItem, bool> selector)
    {
        foreach (var item in _items.Values.Where(selector).ToArray())
        {
            Drop(item);
        }

        return this;
    }

    /// <summary>Removes all items.</summary>
    public DicomDataset Clear()
    {
        _items.Clear();
        _own = null;
        return this;
    }

    /// <summary>Puts all items into another data set, in place of those with the same tags.</summary>
    /// <returns>The other data set.</returns>
    public DicomDataset CopyTo(DicomDataset destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return destination.AddOrUpdate((IEnumerable<DicomItem>)this);
    }

    /// <summary>Puts the items of the tags that are there into another data set.</summary>
    /// <returns>The other data set.</returns>
    public DicomDataset CopyTo(DicomDataset destination, params DicomTag[] tags)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(tags);
        foreach (var tag in tags)
        {
            if (Find(tag) is { } item)
            {
                destination.AddOrUpdate(item);
            }
        }

        return destination;
    }

    /// <summary>Checks all items.</summary>
    /// <exception cref="DicomValidationException">The first rule that is broken.</exception>
    public void Validate()
    {
        foreach (var item in this)
        {
            item.Validate();
        }
    }

    /// <inheritdoc/>
    public IEnumerator<DicomItem> GetEnumerator() => _items.Values.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"DICOM Dataset [{_items.Count} items]";

    /// <summary>Takes an item from a reader, without validation; of two with one tag the later wins.</summary>
    internal void Take(DicomItem item)
    {
        _items[item.Tag.Key] = item;
        if (item.Tag.Key == DicomTag.SpecificCharacterSet.Key)
        {
            ChangeEncodings();
        }
        else
        {
            Adopt(item);
        }
    }

    internal bool TryFindKey(uint key, [NotNullWhen(true)] out DicomItem? item) => _items.TryGetValue(key, out item);

    internal void Inherit(TextEncodings encodings) => (_inherited, _own) = (encodings, null);

    /// <summary>The owner of a private element's block, or null.</summary>
    internal DicomPrivateCreator? CreatorOf(ushort group, ushort element) =>
        (group & 1) == 1 && element >= 0x1000
            && _items.GetValueOrDefault(((uint)group << 16) | (uint)(element >> 8)) is DicomElement { Count: > 0 } e
            ? new DicomPrivateCreator(e is DicomStringElement s ? s.Get<string>() : "") : null;

    private DicomDataset Put(DicomItem item, bool replace)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (ValidateItems)
        {
            item.Validate();
        }

        var key = item.Tag.Key;
        if (item.Tag is { IsPrivate: true, PrivateCreator: not null })
        {
            item.Tag = Place(item.Tag, true)!;
            key = item.Tag.Key;
        }

        if (!replace && _items.ContainsKey(key))
        {
            throw new ArgumentException($"{item.Tag} {item.Tag.DictionaryEntry.Keyword} is in the data set already.",
                nameof(item));
        }

        Take(item);
        return this;
    }

    private void Drop(DicomItem item)
    {
        _items.Remove(item.Tag.Key);
        if (item.Tag.Key == DicomTag.SpecificCharacterSet.Key)
        {
            ChangeEncodings();
        }
    }

    private static DicomItem Make<T>(DicomVR? vr, DicomTag tag, T[]? values)
    {
        ArgumentNullException.ThrowIfNull(tag);
        var given = values ?? [];
        if (vr is null)
        {
            var entry = tag.DictionaryEntry;
            if (ReferenceEquals(entry, DicomDictionary.UnknownTag))
            {
                throw new DicomDataException($"{tag} is not in the dictionary; say its VR.");
            }

            vr = Array.Find(entry.ValueRepresentations, r => r.ValueType == typeof(T)) ?? entry.ValueRepresentations[0];
        }

        return ElementFactory.FromValues(vr, tag, given);
    }

    private DicomItem? Find(DicomTag tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        var placed = tag is { IsPrivate: true, PrivateCreator: not null } ? Place(tag, false) : tag;
        return placed is null ? null : _items.GetValueOrDefault(placed.Key);
    }

    /// <summary>The tag in its owner's block of this data set;
    /// the block is reserved on demand (PS3.5 section 7.8.1).</summary>
    private DicomTag? Place(DicomTag tag, bool reserve)
    {
        var owner = tag.PrivateCreator!;
        for (ushort block = 0x10; block <= 0xFF; block++)
        {
            var key = ((uint)tag.Group << 16) | block;
            if (!_items.TryGetValue(key, out var reserved))
            {
                if (!reserve)
                {
                    continue;
                }

                reserved = new DicomLongString(key, owner.Creator);
                Take(reserved);
            }

            if (reserved is DicomStringElement name && name.Get<string>() == owner.Creator)
            {
                return new DicomTag(tag.Group, (ushort)((block << 8) | (tag.Element & 0xFF)), owner);
            }
        }

        return reserve ? throw new DicomDataException($"Group {tag.Group:x4} has no free private block.") : null;
    }

    /// <summary>Text made outside is from now on in this data set's character sets.</summary>
    private void Adopt(DicomItem item)
    {
        if (item is DicomStringElement text)
        {
            text.Encodings ??= Encodings;
        }
        else if (item is DicomSequence sequence)
        {
            foreach (var inner in sequence.Items)
            {
                inner.Inherit(inner._inherited ?? Encodings);
            }
        }
    }

    private TextEncodings? EncodingsOf(DicomItem? charset) => charset is DicomElement { Count: > 0 } element
        ? TextEncodings.For(element.Get<string[]>(), FallbackEncoding)
        : FallbackEncoding is null ? null : TextEncodings.For([], FallbackEncoding);

    /// <summary>The character set changed: text that was never bytes is from now on in the new one.</summary>
    private void ChangeEncodings()
    {
        _own = null;
        foreach (var item in _items.Values)
        {
            (item as DicomStringElement)?.ForgetUnwritten();
            Adopt(item);
        }
    }
}
