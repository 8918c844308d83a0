namespace VMUNet.Imaging.Metrics;

/// <summary>The spelling of a status in JSON documents and database rows.</summary>
public static class ScoreStatusNames
{
    /// <summary>For example <c>both_empty</c>.</summary>
    public static string ToName(this ScoreStatus status) => status switch
    {
        ScoreStatus.Scored => "scored",
        ScoreStatus.BothEmpty => "both_empty",
        ScoreStatus.PredictionEmpty => "prediction_empty",
        ScoreStatus.ReferenceEmpty => "reference_empty",
        ScoreStatus.NotComparable => "not_comparable",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };
}
