using System.Diagnostics.Metrics;
using System.Globalization;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>Figures of the listener, meter "VMUNet.DicomListener".</summary>
internal sealed class ListenerMetrics
{
    private readonly UpDownCounter<long> _associations;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _answers;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _completed;
    private readonly Histogram<double> _seconds;

    public ListenerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("VMUNet.DicomListener");
        _associations = meter.CreateUpDownCounter<long>("vmunet.listener.associations", description: "Open associations");
        _ended = meter.CreateCounter<long>("vmunet.listener.associations_ended", description: "Ended associations, by end");
        _refused = meter.CreateCounter<long>("vmunet.listener.refused", description: "Connections without association, by end");
        _answers = meter.CreateCounter<long>("vmunet.listener.answers", description: "C-STORE responses, by status");
        _bytes = meter.CreateCounter<long>("vmunet.listener.received", "By", "Bytes of received objects");
        _completed = meter.CreateCounter<long>("vmunet.listener.series_completed", description: "Completed series");
        _seconds = meter.CreateHistogram<double>("vmunet.listener.store_duration", "s", "C-STORE, request to response");
    }

    public void AssociationOpened() => _associations.Add(1);

    public void AssociationClosed(AssociationEnd how)
    {
        _associations.Add(-1);
        _ended.Add(1, new KeyValuePair<string, object?>("end", how.ToString()));
    }

    public void Refused(AssociationEnd how) => _refused.Add(1, new KeyValuePair<string, object?>("end", how.ToString()));

    public void Answered(DimseStatus status, long bytes, TimeSpan took)
    {
        var code = status.Code.ToString("X4", CultureInfo.InvariantCulture);
        _answers.Add(1, new KeyValuePair<string, object?>("status", code));
        _bytes.Add(bytes);
        _seconds.Record(took.TotalSeconds);
    }

    public void SeriesCompleted() => _completed.Add(1);
}
