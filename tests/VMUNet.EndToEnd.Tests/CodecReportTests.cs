using Microsoft.Extensions.Logging;
using VMUNet.Dicom;
using VMUNet.Host;

namespace VMUNet.EndToEnd.Tests;

/// <summary>What the start-up log says of decoders that are not installed.</summary>
public sealed class CodecReportTests
{
    [Fact]
    public async Task Each_missing_package_is_named_once_with_the_syntaxes_that_it_would_bring()
    {
        var log = new Lines();
        MissingCodec[] missing =
        [
            new("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", "libcharls2"),
            new("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", "libopenjp2-7"),
            new("1.2.840.10008.1.2.4.81", "JPEG-LS Near-lossless", "libcharls2"),
        ];

        await new CodecReport(log, missing).StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                "Warning 8001: Not offered to senders: JPEG-LS Lossless, JPEG-LS Near-lossless; install the package libcharls2 and start again",
                "Warning 8001: Not offered to senders: JPEG 2000 Lossless; install the package libopenjp2-7 and start again",
            ],
            log.Written);
    }

    [Fact]
    public async Task Where_nothing_is_missing_nothing_is_said()
    {
        var log = new Lines();

        await new CodecReport(log, []).StartAsync(TestContext.Current.CancellationToken);

        Assert.Empty(log.Written);
    }

    private sealed class Lines : ILogger<CodecReport>
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add($"{logLevel} {eventId.Id}: {formatter(state, exception)}");
    }
}
