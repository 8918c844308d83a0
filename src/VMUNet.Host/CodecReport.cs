using VMUNet.Dicom;

namespace VMUNet.Host;

/// <summary>Says at start which transfer syntaxes are not offered because their decoder is not installed, one line for each
/// package that would bring them.</summary>
/// <param name="logger">Where it is said.</param>
/// <param name="missing">What is missing; of this host when null.</param>
internal sealed partial class CodecReport(ILogger<CodecReport> logger, IReadOnlyList<MissingCodec>? missing = null) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var package in (missing ?? DecodableTransferSyntaxes.Missing).GroupBy(m => m.Package))
        {
            NotOffered(logger, string.Join(", ", package.Select(m => m.Name)), package.Key);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(8001, LogLevel.Warning,
        "Not offered to senders: {Syntaxes}; install the package {Package} and start again")]
    private static partial void NotOffered(ILogger logger, string syntaxes, string package);
}
