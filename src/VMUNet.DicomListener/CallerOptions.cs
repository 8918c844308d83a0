namespace VMUNet.DicomListener;

/// <summary>What holds for one calling title in place of the listener's general options.</summary>
public sealed class CallerOptions
{
    /// <summary>Silence after which a series of this caller may be complete. Default null: as for all.</summary>
    public TimeSpan? StudyQuietPeriod { get; set; }

    /// <summary>
    /// Silence that is enough after this caller has released its association. Default null: as for all. A modality that
    /// opens an association for each image needs a longer one.
    /// </summary>
    public TimeSpan? QuietAfterRelease { get; set; }

    /// <summary>Storage classes that this caller may send; others are answered 0124. Default none: every class we accept.</summary>
    public IList<string> SopClasses { get; } = [];
}
