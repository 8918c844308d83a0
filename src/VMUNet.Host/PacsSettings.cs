using VMUNet.Dimse;
using VMUNet.Imaging;

namespace VMUNet.Host;

/// <summary>Parts of the product that one process can be.</summary>
[Flags]
internal enum Roles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The DICOM socket and the completion of series.</summary>
    Listener = 1,

    /// <summary>Jobs: segmenting, sending, scoring, training.</summary>
    Worker = 2,

    /// <summary>Pages.</summary>
    Web = 4,

    /// <summary>Everything.</summary>
    All = Listener | Worker | Web,
}

/// <summary>What the command line says about a run; what it leaves out comes from the configuration.</summary>
internal sealed record PacsSettings
{
    /// <summary>The instance's folder; absolute.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Parts to run.</summary>
    public Roles Roles { get; init; } = Roles.All;

    /// <summary>Address for DICOM and pages; null leaves it to the configuration.</summary>
    public string? Bind { get; init; }

    /// <summary>DICOM port, 0 for a free one; null leaves it to the configuration.</summary>
    public int? DicomPort { get; init; }

    /// <summary>Port of the pages, 0 for a free one; null leaves it to the configuration.</summary>
    public int? WebPort { get; init; }

    /// <summary>Allows DICOM without TLS on an address other than loopback.</summary>
    public bool AllowPlain { get; init; }

    /// <summary>Port for DICOM over TLS, 0 for a free one; null leaves it to the configuration.</summary>
    public int? TlsPort { get; init; }

    /// <summary>Certificates of the listener; what is null is left to the configuration.</summary>
    public TlsFiles TlsFiles { get; init; } = new();

    /// <summary>Callers beside those of the configuration.</summary>
    public IReadOnlyList<string> AllowedCallers { get; init; } = [];

    /// <summary>Destinations beside those of the configuration, each NAME=AE@HOST:PORT.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Configuration values by key that win over every file, for example <c>Listener:QuietAfterRelease</c>.</summary>
    public IReadOnlyDictionary<string, string?> Overrides { get; init; } = new Dictionary<string, string?>();

    /// <summary>Reads <c>listener,worker,web</c>.</summary>
    /// <exception cref="BadInputException">An unknown role, or none.</exception>
    public static Roles ParseRoles(string text)
    {
        var roles = Roles.None;
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            roles |= word switch
            {
                "listener" => Roles.Listener,
                "worker" => Roles.Worker,
                "web" => Roles.Web,
                _ => throw new BadInputException($"'{word}' is no role; known are listener, worker and web"),
            };
        }

        return roles == Roles.None ? throw new BadInputException("--roles names no role; known are listener, worker and web") : roles;
    }
}
