using System.Collections;

namespace VMUNet.DicomToolkit;

/// <summary>SQ: a list of data sets.</summary>
public class DicomSequence : DicomItem, IEnumerable<DicomDataset>
{
    /// <summary>From items.</summary>
    public DicomSequence(DicomTag tag, params DicomDataset[]? items) : base(tag) => Items = [.. items ?? []];

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.SQ;

    /// <summary>The items in order.</summary>
    public IList<DicomDataset> Items { get; }

    /// <inheritdoc/>
    public IEnumerator<DicomDataset> GetEnumerator() => Items.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Checks all items.</summary>
    public override void Validate()
    {
        foreach (var item in Items)
        {
            item.Validate();
        }
    }
}
