using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Whether a result may leave.</summary>
public abstract record GateVerdict
{
    private GateVerdict()
    {
    }

    /// <summary>The file says what was meant.</summary>
    public sealed record Passed : GateVerdict;

    /// <summary>The file differs from what was meant and must not be sent.</summary>
    /// <param name="Reason">What differs; never patient data.</param>
    public sealed record Held(string Reason) : GateVerdict;
}

/// <summary>Last look at a result before it is sent: the file is read back from disk and compared with the labels in
/// memory and with the identity of its source.</summary>
public static class OutgoingGate
{
    private static readonly DicomTag[] Identity =
    [
        DicomTag.PatientID, DicomTag.PatientName, DicomTag.PatientBirthDate, DicomTag.PatientSex,
        DicomTag.StudyInstanceUID, DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.AccessionNumber,
    ];

    /// <summary>Checks a saved SEG.</summary>
    /// <param name="segFile">The file that would be sent.</param>
    /// <param name="source">The series it was made from.</param>
    /// <param name="expected">The labels it must hold, on the source grid.</param>
    /// <param name="organs">Meaning of the labels.</param>
    public static GateVerdict Check(
        string segFile, SourceSeries source, LabelMap expected, IReadOnlyList<OrganLabel> organs)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(organs);
        try
        {
            return Check(SegReader.Open(segFile), source, expected, organs);
        }
        catch (RefusalException refusal)
        {
            return new GateVerdict.Held($"The SEG does not read back: {refusal.Message}");
        }
    }

    private static GateVerdict Check(
        DicomDataset seg, SourceSeries source, LabelMap expected, IReadOnlyList<OrganLabel> organs)
    {
        foreach (var tag in Identity)
        {
            if (seg.GetText(tag) != source.Header.GetText(tag))
            {
                return new GateVerdict.Held($"Attribute {tag} differs from the source series");
            }
        }
        var references = SegReader.References(seg);
        if (references.ReferencedSeriesUid != source.SeriesInstanceUid)
        {
            return new GateVerdict.Held(
                $"The SEG refers to series {references.ReferencedSeriesUid}, the source is {source.SeriesInstanceUid}");
        }
        var strangers = references.ReferencedInstanceUids.Except(source.Instances.Select(i => i.SopInstanceUid)).ToList();
        return strangers.Count > 0
            ? new GateVerdict.Held($"The SEG refers to instance {strangers[0]}, which is not in the source series")
            : Compare(SegReader.Read(seg, source, organs).Map.Labels, expected.Labels);
    }

    private static GateVerdict Compare(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected)
    {
        if (actual.SequenceEqual(expected))
        {
            return new GateVerdict.Passed();
        }
        if (actual.Length != expected.Length)
        {
            return new GateVerdict.Held($"The SEG covers {actual.Length} voxels, expected {expected.Length}");
        }
        var different = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            different += actual[i] == expected[i] ? 0 : 1;
        }
        return new GateVerdict.Held($"{different} voxels read back differ from the result in memory");
    }
}
