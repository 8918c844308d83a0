using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>What the listener says of itself under some options: the source of the conformance statement.</summary>
public sealed record ListenerFacts
{
    private ListenerFacts()
    {
    }

    /// <summary>Titles for live work, our own first.</summary>
    public required IReadOnlyList<string> Titles { get; init; }

    /// <summary>Titles for backfill.</summary>
    public required IReadOnlyList<string> BatchTitles { get; init; }

    /// <summary>Storage SOP classes that are accepted.</summary>
    public required IReadOnlyList<string> StorageClasses { get; init; }

    /// <summary>Transfer syntaxes that are accepted for them, best first.</summary>
    public required IReadOnlyList<string> StorageSyntaxes { get; init; }

    /// <summary>Where plain DICOM listens.</summary>
    public required string PlainBind { get; init; }

    /// <summary>Whether TLS is configured.</summary>
    public required bool HasTls { get; init; }

    /// <summary>Reads the options.</summary>
    public static ListenerFacts Of(ListenerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ListenerFacts
        {
            Titles = options.OurTitles,
            BatchTitles = options.OurBatchTitles,
            StorageClasses = [.. SopClasses.AcceptedForStorage.Concat(options.AdditionalSopClasses).Distinct()],
            StorageSyntaxes = options.OurTransferSyntaxes,
            PlainBind = options.PlainBind,
            HasTls = options.TlsCertificate is not null,
        };
    }
}
