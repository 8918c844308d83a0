using System.Globalization;
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
/// memory, with its source series, and with the rules of its object. Any fault holds it back.</summary>
public static class OutgoingGate
{
    private const int FaultsTold = 3;

    /// <summary>Checks a saved SEG.</summary>
    /// <param name="segFile">The file that would be sent.</param>
    /// <param name="source">The series it was made from.</param>
    /// <param name="expected">The labels it must hold, on the source grid.</param>
    /// <param name="organs">Meaning of the labels.</param>
    /// <param name="form">Form and limits of the destination; null for the standard form.</param>
    public static GateVerdict Check(string segFile, SourceSeries source, LabelMap expected,
        IReadOnlyList<OrganLabel> organs, SegForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(organs);
        return Judge("SEG", () =>
        {
            var wanted = form ?? SegForm.Standard;
            var data = SegReader.Open(segFile);
            var faults = FileRules.Faults(segFile, data)
                .Concat(IdentityRules.Faults(data, source))
                .Concat(SegObjectRules.Faults(data, wanted))
                .Concat(SegReferenceRules.Faults(data, source))
                .Concat(SegPlaneRules.Faults(data, source, wanted))
                .Take(FaultsTold).ToList();
            return faults.Count > 0 ? faults : [.. Content(data, source, expected, organs).Take(FaultsTold)];
        });
    }

    /// <summary>Checks a saved measurement report.</summary>
    /// <param name="reportFile">The file that would be sent.</param>
    /// <param name="source">The series that was measured.</param>
    /// <param name="measurements">What the report must say.</param>
    /// <param name="seg">The SEG that it must refer to; null when nothing was found.</param>
    public static GateVerdict CheckReport(string reportFile, SourceSeries source,
        IReadOnlyList<OrganMeasurement> measurements, SegResult.Written? seg) =>
        CheckReport(reportFile, source, measurements, seg is null ? [] : [seg]);

    /// <summary>The same of a result in several objects.</summary>
    public static GateVerdict CheckReport(string reportFile, SourceSeries source,
        IReadOnlyList<OrganMeasurement> measurements, IReadOnlyList<SegResult.Written> segs)
    {
        ArgumentNullException.ThrowIfNull(segs);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(measurements);
        return Judge("report", () =>
        {
            var data = OpenResult(reportFile);
            return [.. FileRules.Faults(reportFile, data)
                .Concat(IdentityRules.Faults(data, source))
                .Concat(ReportRules.Faults(data, source, measurements, segs))
                .Take(FaultsTold)];
        });
    }

    /// <summary>Checks a saved picture of a result.</summary>
    /// <param name="pictureFile">The file that would be sent.</param>
    /// <param name="source">The series that it shows.</param>
    /// <param name="picture">What was drawn.</param>
    public static GateVerdict CheckPicture(string pictureFile, SourceSeries source, Picture picture)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(picture);
        return Judge("picture", () =>
        {
            var data = OpenResult(pictureFile);
            return [.. FileRules.Faults(pictureFile, data)
                .Concat(IdentityRules.Faults(data, source))
                .Concat(PictureRules.Faults(data, source, picture))
                .Take(FaultsTold)];
        });
    }

    private static DicomDataset OpenResult(string file) =>
        SeriesFiles.OpenAll([file], CancellationToken.None) is [var (_, data)]
            ? data
            : throw new RefusalException(RefusalReason.NotDicom, "it is no DICOM file");

    /// <summary>Runs checks that may find the file unreadable.</summary>
    internal static GateVerdict Judge(string what, Func<IReadOnlyList<string>> check)
    {
        try
        {
            return check() is { Count: > 0 } faults
                ? new GateVerdict.Held(string.Join("; ", faults))
                : new GateVerdict.Passed();
        }
        catch (RefusalException refusal)
        {
            return new GateVerdict.Held($"The {what} does not read back: {refusal.Message}");
        }
    }

    /// <summary>Every voxel through our reader; sizes and centres through arithmetic that shares nothing with it.</summary>
    private static IEnumerable<string> Content(
        DicomDataset data, SourceSeries source, LabelMap expected, IReadOnlyList<OrganLabel> organs)
    {
        foreach (var fault in OrganBalance.Faults(data, source, expected, organs))
        {
            yield return fault;
        }
        if (Difference(SegReader.Read(data, source, organs).Map.Labels, expected.Labels) is { } difference)
        {
            yield return difference;
        }
    }

    private static string? Difference(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected)
    {
        if (actual.SequenceEqual(expected))
        {
            return null;
        }
        if (actual.Length != expected.Length)
        {
            return $"The SEG covers {actual.Length} voxels, expected {expected.Length}";
        }
        var different = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            different += actual[i] == expected[i] ? 0 : 1;
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"{different} voxels read back differ from the result in memory");
    }
}
