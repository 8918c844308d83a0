using System.ComponentModel.DataAnnotations;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>Who may send what to us, how long we wait, and how much we keep. Section "Listener".</summary>
public sealed class ListenerOptions
{
    /// <summary>Titles that we answer to; the first is our own. Default VMUNET, when none is named.</summary>
    public IList<string> AeTitles { get; } = [];

    /// <summary>Address to listen on. Default 127.0.0.1; another one than loopback needs <see cref="AllowPlain"/> and callers.</summary>
    [Required]
    public string Bind { get; set; } = "127.0.0.1";

    /// <summary>Port. Default 11112; 0 takes a free one, which <see cref="ListenerAddress"/> tells.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 11112;

    /// <summary>Allows DICOM without TLS on an address other than loopback. Default false.</summary>
    public bool AllowPlain { get; set; }

    /// <summary>
    /// Who may call: "AE", or "AE@ADDRESS" to bind the title to an address. Default empty, which lets every title in on loopback
    /// and is refused at start on any other address.
    /// </summary>
    public IList<string> AllowedCallers { get; } = [];

    /// <summary>Storage SOP classes accepted beside the built-in list. Default none.</summary>
    public IList<string> AdditionalSopClasses { get; } = [];

    /// <summary>Greatest PDU that we announce and accept, in bytes. Default 131072.</summary>
    [Range(4096, 1_048_576)]
    public int MaxPduLength { get; set; } = 131_072;

    /// <summary>Associations at a time. Default 32; one more is rejected as a local limit, and the sender may try again.</summary>
    [Range(1, 1000)]
    public int MaxAssociations { get; set; } = 32;

    /// <summary>Associations at a time from one address. Default 8.</summary>
    [Range(1, 1000)]
    public int MaxAssociationsPerAddress { get; set; } = 8;

    /// <summary>Time for a complete association request. Default 10 s.</summary>
    public TimeSpan AssociationTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that an association may be silent between messages. Default 30 s.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Window over which a sender's rate is judged inside an object. Default 30 s.</summary>
    public TimeSpan RateWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Least bytes a second of a sender over that window. Default 1024; slower ones are aborted.</summary>
    [Range(1, 1_048_576)]
    public int MinBytesPerSecond { get; set; } = 1_024;

    /// <summary>Connections without association from one address; one more closes the oldest. Default 16.</summary>
    [Range(1, 1000)]
    public int MaxPendingPerAddress { get; set; } = 16;

    /// <summary>Greatest object in bytes. Default 2 GiB; a larger one is answered A702.</summary>
    [Range(1_048_576, 64L * 1024 * 1024 * 1024)]
    public long MaxObjectBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Bytes that stay free on the spool's disk. Default 5 GiB; below it objects are answered A700.</summary>
    [Range(0, long.MaxValue)]
    public long DiskReserveBytes { get; set; } = 5L * 1024 * 1024 * 1024;

    /// <summary>Flushes each object to disk before it is acknowledged. Default true; false is for measuring only.</summary>
    public bool IsDurable { get; set; } = true;

    /// <summary>Silence after which a series may be complete. Default 60 s.</summary>
    public TimeSpan StudyQuietPeriod { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Silence that is enough after the association was released normally. Default 10 s.</summary>
    public TimeSpan QuietAfterRelease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Slices that a CT or MR series needs to be taken as complete. Default 3; fewer wait for <see cref="MaxWait"/>.</summary>
    [Range(1, 10_000)]
    public int MinSlices { get; set; } = 3;

    /// <summary>Greatest gap between slices, as a multiple of the median step. Default 1.5.</summary>
    [Range(1.01, 100)]
    public double MaxGapRatio { get; set; } = 1.5;

    /// <summary>Silence after which an uneven CT or MR series is taken as it is, with a warning. Default 10 min.</summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the completion timers are looked at. Default 1 s.</summary>
    public TimeSpan CompletionPoll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Our titles, VMUNET when none is configured.</summary>
    internal IReadOnlyList<string> OurTitles => AeTitles.Count > 0 ? [.. AeTitles] : ["VMUNET"];

    /// <summary>
    /// Transfer syntaxes that we accept, best first: those that the toolkit can decode. The default syntax comes last and must
    /// always be acceptable (PS3.5 10.1).
    /// </summary>
    internal static IReadOnlyList<string> AcceptedTransferSyntaxes { get; } =
    [
        TransferSyntaxes.ExplicitLittleEndian,
        TransferSyntaxes.RleLossless,
        TransferSyntaxes.JpegLosslessFirstOrder,
        TransferSyntaxes.JpegLossless,
        TransferSyntaxes.ImplicitLittleEndian,
    ];
}
