using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>Numbers in one entry of a PyTorch file.</summary>
/// <param name="Key">Name of the entry under <c>data/</c>.</param>
/// <param name="Type">Element type.</param>
/// <param name="Count">Number of elements that the pickle claims.</param>
internal sealed record TorchStorage(string Key, ScalarType Type, long Count);

/// <summary>A tensor of a PyTorch file before it is read: a view of a storage.</summary>
internal sealed record TorchTensor
{
    private const int MostDimensions = 8;

    private TorchTensor(TorchStorage storage, long offset, long last, long[] shape, long[] strides)
    {
        Last = last;
        Storage = storage;
        Offset = offset;
        Shape = shape;
        Strides = strides;
    }

    /// <summary>Where the numbers lie.</summary>
    public TorchStorage Storage { get; }

    /// <summary>First element in the storage.</summary>
    public long Offset { get; }

    /// <summary>Last element in the storage.</summary>
    public long Last { get; }

    /// <summary>Sizes.</summary>
    public long[] Shape { get; }

    /// <summary>Elements of the storage from one index to the next, per dimension.</summary>
    public long[] Strides { get; }

    /// <summary>The tensor, or null when it would not lie inside its storage or be larger than it.</summary>
    public static TorchTensor? Of(TorchStorage storage, long offset, long[] shape, long[] strides)
    {
        bool isPlausible = shape.Length == strides.Length && shape.Length <= MostDimensions && offset >= 0
            && shape.All(n => n is >= 0 and <= int.MaxValue) && strides.All(s => s is >= 0 and <= int.MaxValue);
        if (!isPlausible)
        {
            return null;
        }

        Int128 last = offset;
        if (!shape.Contains(0))
        {
            // At most 31 bits a factor and a product that is left off beyond the storage: no overflow is possible.
            Int128 count = 1;
            for (int i = 0; i < shape.Length && count <= storage.Count; i++)
            {
                count *= shape[i];
                last += (Int128)(shape[i] - 1) * strides[i];
            }

            if (count > storage.Count || last >= storage.Count)
            {
                return null;
            }
        }

        return new TorchTensor(storage, offset, (long)last, shape, strides);
    }
}
