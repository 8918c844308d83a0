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
        if (SegReader.References(segFile) is not { } references
            || SeriesFiles.TryReadHeader(segFile) is not { } header)
        {
            return new GateVerdict.Held("The file on disk is no readable SEG");
        }
        foreach (var tag in Identity)
        {
            if (header.GetText(tag) != source.Header.GetText(tag))
            {
                return new GateVerdict.Held($"Attribute {tag} differs from the source series");
            }
        }
        if (references.ReferencedSeriesUid != source.SeriesInstanceUid)
        {
            return new GateVerdict.Held(
                $"The SEG refers to series {references.ReferencedSeriesUid}, the source is {source.SeriesInstanceUid}");
        }
        return SegReader.Read(segFile, source, organs) switch
        {
            SegContent.Labels labels => Compare(labels.Map, expected, references, source),
            SegContent.Refused refused => new GateVerdict.Held($"The SEG does not read back: {refused.Detail}"),
            _ => throw new InvalidOperationException("Unknown content"),
        };
    }

    private static GateVerdict Compare(
        LabelMap actual, LabelMap expected, SegReferences references, SourceSeries source)
    {
        var ours = source.Instances.Select(i => i.SopInstanceUid);
        var strangers = references.ReferencedInstanceUids.Except(ours).ToList();
        if (strangers.Count > 0)
        {
            return new GateVerdict.Held($"The SEG refers to instance {strangers[0]}, which is not in the source series");
        }
        if (actual.Labels.Length != expected.Labels.Length)
        {
            return new GateVerdict.Held($"The SEG covers {actual.Labels.Length} voxels, expected {expected.Labels.Length}");
        }
        var different = 0L;
        for (var i = 0; i < actual.Labels.Length; i++)
        {
            different += actual.Labels[i] == expected.Labels[i] ? 0 : 1;
        }
        return different == 0
            ? new GateVerdict.Passed()
            : new GateVerdict.Held($"{different} voxels read back differ from the result in memory");
    }
}
