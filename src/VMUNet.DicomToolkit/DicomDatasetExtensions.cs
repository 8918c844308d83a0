namespace VMUNet.DicomToolkit;

/// <summary>More operations on data sets.</summary>
public static class DicomDatasetExtensions
{
    /// <summary>A data set of its own with the same elements; sequences are copied to their depth,
    /// values are shared.</summary>
    public static DicomDataset Clone(this DicomDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var clone = new DicomDataset(dataset.InternalTransferSyntax)
        {
            ValidateItems = dataset.ValidateItems,
            FallbackEncoding = dataset.FallbackEncoding,
        };
        clone.Inherit(dataset.Encodings);
        foreach (var item in dataset)
        {
            clone.Take(item is DicomSequence sequence
                ? new DicomSequence(sequence.Tag, [.. sequence.Items.Select(i => i.Clone())]) : item);
        }

        return clone;
    }

    /// <summary>From now on items are added without validation.</summary>
    public static DicomDataset NotValidated(this DicomDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        dataset.ValidateItems = false;
        return dataset;
    }

    /// <summary>From now on items are validated when added.</summary>
    public static DicomDataset Validated(this DicomDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        dataset.ValidateItems = true;
        return dataset;
    }

    /// <summary>Date and time of two elements; a missing or unreadable one counts as the start of its range.</summary>
    public static DateTime GetDateTime(this DicomDataset dataset, DicomTag date, DicomTag time)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var day = dataset.TryGetValue<DateTime>(date, 0, out var d) ? d.Date : DateTime.MinValue;
        return day + (dataset.TryGetValue<DateTime>(time, 0, out var t) ? t.TimeOfDay : TimeSpan.Zero);
    }
}
