using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace VMUNet.Reporting;

/// <summary>What the pages show. Section "Reporting".</summary>
public sealed class ReportingOptions
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Reporting";

    /// <summary>Rows of a list at most. Default 200.</summary>
    [Range(1, 10_000)]
    public int ListLength { get; set; } = 200;

    /// <summary>Overlay pictures on a result's page at most, spread evenly over the slices with findings. Default 48.</summary>
    [Range(1, 1_000)]
    public int OverlayPictures { get; set; } = 48;

    /// <summary>Results whose overlay pictures are kept in memory. Default 8; one takes about 0.1 MB a slice.</summary>
    [Range(1, 1_000)]
    public int CachedResults { get; set; } = 8;
}

/// <summary>Checks the options at start.</summary>
[OptionsValidator]
internal sealed partial class ReportingOptionsValidator : IValidateOptions<ReportingOptions>;
