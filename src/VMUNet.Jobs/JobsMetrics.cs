using System.Diagnostics.Metrics;

namespace VMUNet.Jobs;

/// <summary>Counters and times of this room, meter "VMUNet.Jobs".</summary>
public sealed class JobsMetrics
{
    private readonly Counter<long> _jobs;
    private readonly Counter<long> _deliveries;
    private readonly Counter<long> _confirmations;
    private readonly Histogram<double> _seconds;

    /// <summary>Makes the instruments.</summary>
    public JobsMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create("VMUNet.Jobs");
        _jobs = meter.CreateCounter<long>("vmunet.jobs.ended", "{job}", "Jobs by kind and outcome.");
        _deliveries = meter.CreateCounter<long>("vmunet.deliveries.attempted", "{delivery}", "Attempts at deliveries by outcome.");
        _confirmations = meter.CreateCounter<long>("vmunet.deliveries.confirmed", "{delivery}", "Answers of destinations on what they keep, by outcome.");
        _seconds = meter.CreateHistogram<double>("vmunet.jobs.seconds", "s", "Seconds that a worker held a job.");
    }

    /// <summary>A start of a job ended.</summary>
    /// <param name="kind">What it did.</param>
    /// <param name="outcome">ended, refused, failed, lost or stopped.</param>
    /// <param name="took">How long the lease was held.</param>
    public void Ended(string kind, string outcome, TimeSpan took)
    {
        _jobs.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", outcome));
        _seconds.Record(took.TotalSeconds, new KeyValuePair<string, object?>("kind", kind));
    }

    /// <summary>A destination was asked whether it keeps a result: confirmed, asked, retry, unsupported or failed.</summary>
    public void Confirmation(string outcome) => _confirmations.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>An attempt at a delivery ended: stored, retry or dead.</summary>
    public void Attempted(string outcome) => _deliveries.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
