using System.Globalization;
using System.Security.Cryptography;

namespace VMUNet.Dicom;

/// <summary>Which slices of a series make the volume, in position order; everything left out is noted.</summary>
internal static class SliceSelection
{
    private const double CosineTolerance = 1e-4;

    /// <summary>No scanner places a slice farther from its origin than this (100 m), or pixels farther apart (1 m).</summary>
    private const double MaxPositionMm = 1e5;
    private const double MaxSpacingMm = 1000;
    private const double MinSpacingMm = 1e-4;

    /// <summary>What may tell two phases at one position apart, in order of trust.</summary>
    private static readonly (string Name, DicomTag Tag)[] Splitters =
    [
        ("acquisition number", DicomTag.AcquisitionNumber),
        ("temporal position", DicomTag.TemporalPositionIdentifier),
        ("temporal position index", DicomTag.TemporalPositionIndex),
        ("echo time", DicomTag.EchoTime),
        ("effective echo time", DicomTag.EffectiveEchoTime),
        ("image type", DicomTag.ImageType),
        ("acquisition time", DicomTag.AcquisitionTime),
        ("content time", DicomTag.ContentTime),
    ];

    /// <summary>Drops what is no slice of the volume, sorts the rest along the normal, resolves double
    /// positions.</summary>
    /// <exception cref="RefusalException">No volume can be told from the images.</exception>
    public static IReadOnlyList<SliceHeader> Select(IReadOnlyList<SliceHeader> candidates, List<string> notes)
    {
        var uid = candidates[0].Data.GetText(DicomTag.SeriesInstanceUID);
        var slices = Drop(candidates, s => SopClasses.IsCapture(s.SopClassUid), "captures", notes);
        slices = Drop(slices, s => s.IsLocalizer, "localizers", notes);
        if (slices.Any(s => !s.IsDerived))
        {
            slices = Drop(slices, s => s.IsDerived, "derived images beside original ones", notes);
        }
        else
        {
            notes.Add("All images of the series are derived");
        }
        DemandGeometry(slices, uid);
        slices = Majority(slices, uid, notes);
        return Distinct(slices, uid, notes);
    }

    private static IReadOnlyList<SliceHeader> Drop(
        IReadOnlyList<SliceHeader> slices, Func<SliceHeader, bool> isDropped, string what, List<string> notes)
    {
        var kept = slices.Where(s => !isDropped(s)).ToList();
        if (kept.Count == 0 || kept.Count == slices.Count)
        {
            return slices;
        }
        notes.Add($"{slices.Count - kept.Count} {what} were left out");
        return kept;
    }

    private static void DemandGeometry(IReadOnlyList<SliceHeader> slices, string uid)
    {
        var without = slices.Where(s => !s.HasGeometry).ToList();
        if (without.Count > 0)
        {
            throw new RefusalException(RefusalReason.MissingGeometry,
                $"Series {uid}: {without.Count} of {slices.Count} images lack position, orientation or pixel spacing "
                + $"(first: instance {without[0].SopInstanceUid}); expected all three in every image. Re-export the series");
        }
        foreach (var slice in slices)
        {
            var row = slice.Orientation!.ToVector();
            var column = slice.Orientation!.ToVector(3);
            var isPlane = Math.Abs(row.Length - 1) < 1e-2 && Math.Abs(column.Length - 1) < 1e-2
                && Math.Abs(row.Dot(column)) < 1e-2;
            var isNear = slice.Position!.All(p => Math.Abs(p) <= MaxPositionMm)
                && slice.Spacing!.All(s => s is >= MinSpacingMm and <= MaxSpacingMm);
            if (!isPlane || !isNear || slice.Rows < 1 || slice.Columns < 1)
            {
                throw new RefusalException(RefusalReason.MissingGeometry, string.Create(CultureInfo.InvariantCulture,
                    $"Instance {slice.SopInstanceUid} has an impossible geometry ({slice.Rows} rows, {slice.Columns} "
                    + $"columns; position {string.Join('\\', slice.PositionText!)}, spacing "
                    + $"{string.Join('\\', slice.SpacingText!)}); expected two perpendicular unit vectors, pixels "
                    + $"{MinSpacingMm} to {MaxSpacingMm} mm apart and positions within {MaxPositionMm} mm. Re-export the "
                    + $"series"));
            }
        }
    }

    /// <summary>The largest group of one frame of reference, orientation, size and spacing; it must hold more than half,
    /// or at least more than every other group where all lie in one direction.</summary>
    private static List<SliceHeader> Majority(
        IReadOnlyList<SliceHeader> slices, string uid, List<string> notes)
    {
        var groups = new List<List<SliceHeader>>();
        foreach (var slice in slices)
        {
            var group = groups.Find(g => IsSameStack(g[0], slice));
            if (group is null)
            {
                groups.Add([slice]);
            }
            else
            {
                group.Add(slice);
            }
        }
        var largest = groups.MaxBy(g => g.Count)!;
        if (groups.Count == 1)
        {
            return largest;
        }
        var isTurned = groups.Exists(g => !IsSameDirection(g[0], largest[0]));
        var isTied = groups.Count(g => g.Count == largest.Count) > 1;
        if (2 * largest.Count <= slices.Count && (isTurned || isTied))
        {
            throw new RefusalException(isTurned ? RefusalReason.MixedOrientation : RefusalReason.MixedSize,
                $"Series {uid} has {groups.Count} groups of images that differ in "
                + $"{(isTurned ? "orientation" : "size, spacing or frame of reference")}, the largest with {largest.Count} "
                + $"of {slices.Count}; expected one stack. Send the stacks as series of their own");
        }
        notes.Add($"{slices.Count - largest.Count} images of another orientation, size, spacing or frame of reference "
            + "were left out");
        return largest;
    }

    private static bool IsSameStack(SliceHeader a, SliceHeader b) =>
        a.Rows == b.Rows && a.Columns == b.Columns && a.FrameOfReferenceUid == b.FrameOfReferenceUid
        && IsSameDirection(a, b)
        && a.Spacing!.Zip(b.Spacing!).All(p => Math.Abs(p.First - p.Second) <= 1e-4 * p.First);

    private static bool IsSameDirection(SliceHeader a, SliceHeader b) =>
        a.Orientation!.Zip(b.Orientation!).All(p => Math.Abs(p.First - p.Second) <= CosineTolerance);

    /// <summary>One slice per position, ascending: equal copies are dropped; phases are told apart, the first complete
    /// one stays.</summary>
    private static List<SliceHeader> Distinct(IReadOnlyList<SliceHeader> slices, string uid, List<string> notes)
    {
        var withoutCopies = StackGeometry.StackOf(slices).Places
            .Select(place => WithoutCopies([.. place.Select(i => slices[i])])).ToList();
        var copies = slices.Count - withoutCopies.Sum(p => p.Count);
        if (copies > 0)
        {
            notes.Add($"{copies} images that repeat another one pixel by pixel at its position were left out");
        }
        if (withoutCopies.TrueForAll(p => p.Count == 1))
        {
            return withoutCopies.ConvertAll(p => p[0]);
        }
        foreach (var (name, tag) in Splitters)
        {
            if (FirstPhase(withoutCopies, tag) is { } phase)
            {
                notes.Add($"The series holds several volumes told apart by {name}; the one with {name} "
                    + $"'{phase[0].Text(tag)}' was used");
                return phase;
            }
        }
        var twice = withoutCopies.First(p => p.Count > 1);
        throw new RefusalException(RefusalReason.AmbiguousDuplicate, string.Create(CultureInfo.InvariantCulture,
            $"Series {uid} has {twice.Count} slices at position {string.Join(", ", twice[0].PositionText!)} mm "
            + $"and nothing that tells them apart; expected one a position. Re-send or delete one"));
    }

    private static List<SliceHeader> WithoutCopies(List<SliceHeader> place)
    {
        if (place.Count == 1)
        {
            return place;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. place.Where(s => seen.Add(Fingerprint(s)))];
    }

    private static string Fingerprint(SliceHeader slice)
    {
        var pixels = slice.Rows * slice.Columns;
        var bytes = PixelSource.Frame(slice, StoredPixels.For(slice).FrameBytes(pixels));
        var rescale = $"{slice.Number(DicomTag.RescaleSlope) ?? 1:R} {slice.Number(DicomTag.RescaleIntercept) ?? 0:R}";
        return rescale + Convert.ToHexString(SHA256.HashData(bytes));
    }

    /// <summary>The first value of the attribute that holds exactly one slice at every position; null when none
    /// does.</summary>
    private static List<SliceHeader>? FirstPhase(List<List<SliceHeader>> places, DicomTag tag)
    {
        var values = places.SelectMany(p => p).Select(s => s.Text(tag)).Distinct()
            .OrderBy(v => double.TryParse(v, CultureInfo.InvariantCulture, out var n) ? n : double.MaxValue)
            .ThenBy(v => v, StringComparer.Ordinal).ToList();
        if (values.Count < 2)
        {
            return null;
        }
        foreach (var value in values)
        {
            var phase = places.ConvertAll(p => p.FindAll(s => s.Text(tag) == value));
            if (phase.TrueForAll(p => p.Count == 1))
            {
                return phase.ConvertAll(p => p[0]);
            }
        }
        return null;
    }
}
