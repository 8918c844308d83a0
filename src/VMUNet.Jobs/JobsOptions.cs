using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using VMUNet.Dicom;

namespace VMUNet.Jobs;

/// <summary>How series are worked on and results are sent. Section "Jobs".</summary>
public sealed class JobsOptions : IValidatableObject
{
    /// <summary>Folders whose sub-folders are the shipped models. Set by the host.</summary>
    public IList<string> ModelFolders { get; set; } = [];

    /// <summary>Who gets results, each "NAME=AE@HOST:PORT", settings after "?" (tls, objects, max-frames, max-segments, label-map, no-nominal-geometry). Default none: results stay here.</summary>
    public IList<string> Destinations { get; set; } = [];

    /// <summary>Our AE title when we call, printable ASCII without backslash. Default VMUNET.</summary>
    [Required, StringLength(16, MinimumLength = 1)]
    [RegularExpression(@"[ -\[\]-~]*")]
    public string CallingAe { get; set; } = "VMUNET";

    /// <summary>Our certificate for destinations over TLS, a PEM file with its chain. Default null: we show none.</summary>
    public string? TlsCertificate { get; set; }

    /// <summary>Its private key, a PEM file. Default null: it stands in <see cref="TlsCertificate"/>.</summary>
    public string? TlsKey { get; set; }

    /// <summary>Authorities of the destinations' certificates, a PEM file. Default null: those of the system.</summary>
    public string? TlsAuthorities { get; set; }

    /// <summary>
    /// Asks destinations whether they keep what they took, by storage commitment or a query. Default true; false leaves
    /// results delivered.
    /// </summary>
    public bool ConfirmDeliveries { get; set; } = true;

    /// <summary>Wait for a commitment's event; then it is asked again. Default 24 h.</summary>
    public TimeSpan ConfirmationPatience { get; set; } = TimeSpan.FromHours(24);

    /// <summary>A destination that has not confirmed this long after the delivery has not kept it. Default 72 h.</summary>
    public TimeSpan ConfirmationGiveUpAfter { get; set; } = TimeSpan.FromHours(72);

    /// <summary>Wait for the event on the association of the request. Default 2 s; most archives call our listener.</summary>
    public TimeSpan ConfirmationLinger { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The site's routes; null takes routes.json of the data folder, or the default. Default null.</summary>
    public string? RoutesFile { get; set; }

    /// <summary>Jobs that one host works on at once beside the stat worker's. Default 2.</summary>
    [Range(1, 64)]
    public int Workers { get; set; } = 2;

    /// <summary>Threads of the inference queue behind all jobs. Default 1: one network pass uses every core.</summary>
    [Range(1, 64)]
    public int InferenceThreads { get; set; } = 1;

    /// <summary>Most memory that one series may take, MiB, judged from its headers before it is read; larger ones are refused.
    /// Default null: four fifths of the machine's.</summary>
    [Range(1024, 16777216)]
    public int? MemoryLimitMb { get; set; }

    /// <summary>Where networks compute: auto takes the first CUDA device if there is one; or cpu, or cuda:N. Default auto.</summary>
    [RegularExpression("auto|cpu|cuda:[0-9]{1,3}")]
    public string Device { get; set; } = "auto";

    /// <summary>Models kept in memory at once. Default 3.</summary>
    [Range(1, 64)]
    public int ModelsInMemory { get; set; } = 3;

    /// <summary>
    /// The fast profile (matrix products in bfloat16) where the processor gains by it and the model's manifest holds the proof that
    /// no organ changes by more than it allows; every result says which was used. Default true; false is float32 always.
    /// </summary>
    public bool FastProfile { get; set; } = true;

    /// <summary>How long a worker's hold on a job lasts without a sign of life. Default 60 s; then another takes it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Attempts at a job that fails by our fault. Default 3.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Wait before the second attempt, doubled for each further one. Default 10 s.</summary>
    public TimeSpan RetryWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often complete series and due deliveries are looked for. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:05:00")]
    public TimeSpan Tick { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Wait before the second attempt at a delivery, doubled for each further one. Default 5 s.</summary>
    public TimeSpan DeliveryFirstWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait between two attempts at a delivery. Default 15 min.</summary>
    public TimeSpan DeliveryLongestWait { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Attempts at a delivery end this long after the result. Default 72 h; then it waits for a person.</summary>
    public TimeSpan DeliveryGiveUpAfter { get; set; } = TimeSpan.FromHours(72);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string text in Destinations)
        {
            string? fault = null;
            try
            {
                if (!names.Add(Destination.Parse(text).Name))
                {
                    fault = $"Destination '{text}': the name occurs twice";
                }
            }
            catch (FormatException e)
            {
                fault = e.Message;
            }
            if (fault is not null)
            {
                yield return new ValidationResult(fault, [nameof(Destinations)]);
            }
        }
        if (TlsFault() is { } trouble)
        {
            yield return new ValidationResult($"The certificates for destinations cannot be used: {trouble}",
                [nameof(TlsCertificate), nameof(TlsKey), nameof(TlsAuthorities)]);
        }
    }

    private string? TlsFault()
    {
        try
        {
            _ = CallingTls.Of(TlsCertificate, TlsKey, TlsAuthorities);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return e.Message;
        }
    }

    /// <summary>The destinations by name.</summary>
    public IReadOnlyList<Destination> ParsedDestinations() => [.. Destinations.Select(Destination.Parse)];
}
