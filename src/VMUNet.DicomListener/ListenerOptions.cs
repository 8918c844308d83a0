using System.ComponentModel.DataAnnotations;

namespace VMUNet.DicomListener;

/// <summary>Who may send what to us, how long we wait, and how much we keep. Section "Listener".</summary>
public sealed class ListenerOptions
{
    /// <summary>Titles that we answer to; the first is our own. Default VMUNET, when none is named.</summary>
    public IList<string> AeTitles { get; } = [];

    /// <summary>
    /// Further titles for backfill: their associations have a cap of their own, their objects give way to live ones and
    /// their series wait behind others. Default VMUNET_BATCH, when none is named.
    /// </summary>
    public IList<string> BatchAeTitles { get; } = [];

    /// <summary>
    /// Address to listen on. Default 127.0.0.1. On another one plain DICOM needs <see cref="AllowPlain"/>; with TLS and
    /// without it, only the TLS port is there and the plain one stays on loopback.
    /// </summary>
    [Required]
    public string Bind { get; set; } = "127.0.0.1";

    /// <summary>Port. Default 11112; 0 takes a free one, which <see cref="ListenerAddress"/> tells.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 11112;

    /// <summary>Allows DICOM without TLS on an address other than loopback. Default false.</summary>
    public bool AllowPlain { get; set; }

    /// <summary>
    /// Who may call: "AE", "AE@ADDRESS" to bind the title to an address, "AE@cert:NAME" to bind it to a certificate's common
    /// or DNS name. Default empty, which lets every title in while <see cref="Bind"/> is loopback; on any other address only
    /// those of the command "callers allow" are let in then.
    /// </summary>
    public IList<string> AllowedCallers { get; } = [];

    /// <summary>Port for DICOM over TLS, where <see cref="TlsCertificate"/> is set. Default 2762; 0 takes a free one.</summary>
    [Range(0, 65535)]
    public int TlsPort { get; set; } = 2762;

    /// <summary>Our certificate with those up to its authority, a PEM file. Default null: no TLS. Read again when it changes.</summary>
    public string? TlsCertificate { get; set; }

    /// <summary>Its private key, a PEM file. Default null: it stands in <see cref="TlsCertificate"/>.</summary>
    public string? TlsKey { get; set; }

    /// <summary>Authorities of the callers' certificates, a PEM file; needed unless <see cref="TlsAnonymous"/>. Default null.</summary>
    public string? TlsAuthorities { get; set; }

    /// <summary>
    /// Lists of withdrawn certificates, full ones signed by <see cref="TlsAuthorities"/>, a PEM file; read again when it
    /// changes. An overdue list still counts, and is told. Default null: none are read.
    /// </summary>
    public string? TlsRevocationLists { get; set; }

    /// <summary>Lets callers in over TLS that show no certificate. Default false.</summary>
    public bool TlsAnonymous { get; set; }

    /// <summary>Time for a TLS handshake. Default 10 s.</summary>
    public TimeSpan TlsHandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Storage SOP classes accepted beside the built-in list. Default none.</summary>
    public IList<string> AdditionalSopClasses { get; } = [];

    /// <summary>
    /// Accepts deflated explicit little endian. Default false. What comes out may be 200 times what came in and 1 MiB more, 2
    /// GiB at most; beyond it the object is answered C000.
    /// </summary>
    public bool AcceptDeflated { get; set; }

    /// <summary>What holds for single calling titles, by title. Default none.</summary>
    public IDictionary<string, CallerOptions> Callers { get; } = new Dictionary<string, CallerOptions>(StringComparer.Ordinal);

    /// <summary>Greatest PDU that we announce and accept, in bytes. Default 131072.</summary>
    [Range(4096, 1_048_576)]
    public int MaxPduLength { get; set; } = 131_072;

    /// <summary>Bytes of an association request. Default 262144; a longer one is aborted before anything is allocated.</summary>
    [Range(4096, 1_048_576)]
    public int MaxAssociateLength { get; set; } = 262_144;

    /// <summary>Presentation contexts of an association request. Default 128, which is all there can be; more are aborted.</summary>
    [Range(1, 128)]
    public int MaxContexts { get; set; } = 128;

    /// <summary>Transfer syntaxes of a presentation context. Default 64; more are aborted.</summary>
    [Range(1, 1000)]
    public int MaxTransferSyntaxes { get; set; } = 64;

    /// <summary>User information items of an association request. Default 64; more are aborted.</summary>
    [Range(8, 1000)]
    public int MaxUserItems { get; set; } = 64;

    /// <summary>Associations at a time. Default 32; one more is rejected as a local limit, and the sender may try again.</summary>
    [Range(1, 1000)]
    public int MaxAssociations { get; set; } = 32;

    /// <summary>Associations at a time from one address. Default 8.</summary>
    [Range(1, 1000)]
    public int MaxAssociationsPerAddress { get; set; } = 8;

    /// <summary>Associations at a time under <see cref="BatchAeTitles"/>, beside the others. Default 4.</summary>
    [Range(1, 1000)]
    public int MaxBatchAssociations { get; set; } = 4;

    /// <summary>Associations at a time that ask for C-ECHO only, beside the others. Default 8.</summary>
    [Range(1, 1000)]
    public int MaxEchoAssociations { get; set; } = 8;

    /// <summary>
    /// Complete series that may wait for a worker. Default 2000; beyond it associations are rejected as congestion (2/3/1) and
    /// objects are answered A700.
    /// </summary>
    [Range(1, 10_000_000)]
    public long MaxWaitingSeries { get; set; } = 2000;

    /// <summary>How long the database may be away before associations are rejected as congestion. Default 30 s.</summary>
    public TimeSpan DatabaseGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often decisions on callers are read and load is looked at. Default 1 s.</summary>
    public TimeSpan PulsePoll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Time for a complete association request. Default 10 s.</summary>
    public TimeSpan AssociationTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that an association may be silent between messages. Default 30 s.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Time in which a peer must take an answer. Default 30 s; one that does not read is aborted.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Time that a peer has to close after a release or abort. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

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

    /// <summary>Bytes that stay free on the spool's disk. Default 5 GiB; below it objects are answered A700 and
    /// associations rejected as congestion.</summary>
    [Range(0, long.MaxValue)]
    public long DiskReserveBytes { get; set; } = 5L * 1024 * 1024 * 1024;

    /// <summary>
    /// Whether file and row are on disk before an object is acknowledged. Default true. False is for measuring only: Success is
    /// answered when the file is written, rows follow before the association's release is answered, and a conflict with what is
    /// stored is not told to the sender.
    /// </summary>
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

    /// <summary>Silence after which a series of this caller may be complete.</summary>
    internal TimeSpan QuietPeriodOf(string callingAe) =>
        Callers.TryGetValue(callingAe, out var own) && own.StudyQuietPeriod is { } period ? period : StudyQuietPeriod;

    /// <summary>Silence that is enough after this caller has released its association.</summary>
    internal TimeSpan QuietAfterReleaseOf(string callingAe) =>
        Callers.TryGetValue(callingAe, out var own) && own.QuietAfterRelease is { } period ? period : QuietAfterRelease;

    /// <summary>Whether this caller may send objects of the class.</summary>
    internal bool MaySend(string callingAe, string sopClass) =>
        !Callers.TryGetValue(callingAe, out var own) || own.SopClasses.Count == 0 || own.SopClasses.Contains(sopClass);

    /// <summary>Our titles, VMUNET when none is configured.</summary>
    internal IReadOnlyList<string> OurTitles => AeTitles.Count > 0 ? [.. AeTitles] : ["VMUNET"];

    /// <summary>
    /// Transfer syntaxes that we accept, best first; the host sets those that the product can decode. Default explicit and
    /// implicit little endian. The default syntax must always be acceptable (PS3.5 10.1), so it is added where it is missing.
    /// </summary>
    public IList<string> TransferSyntaxes { get; } = [];

    /// <summary>Titles for backfill, VMUNET_BATCH when none is configured.</summary>
    internal IReadOnlyList<string> OurBatchTitles => BatchAeTitles.Count > 0 ? [.. BatchAeTitles] : ["VMUNET_BATCH"];

    /// <summary>Accepted transfer syntaxes, the default one last, and the deflated one before it where it is wanted.</summary>
    internal IReadOnlyList<string> OurTransferSyntaxes =>
    [
        .. (TransferSyntaxes.Count == 0 ? Dimse.TransferSyntaxes.Native : (IEnumerable<string>)TransferSyntaxes)
            .Where(s => s != Dimse.TransferSyntaxes.ImplicitLittleEndian),
        .. AcceptDeflated ? [Dimse.TransferSyntaxes.DeflatedExplicitLittleEndian] : Array.Empty<string>(),
        Dimse.TransferSyntaxes.ImplicitLittleEndian,
    ];

    /// <summary>Where plain DICOM listens: on <see cref="Bind"/> only where that is allowed.</summary>
    internal string PlainBind => TlsCertificate is null || AllowPlain ? Bind : "127.0.0.1";
}
