using VMUNet.Data.Learning;

namespace VMUNet.Jobs.Retraining;

/// <summary>Whether tonight is worth a run. Pure.</summary>
public static class RetrainRule
{
    /// <summary>Why not; null to run.</summary>
    public static string? Objection(RetrainNeed need, RetrainOptions options, DateTimeOffset now)
    {
        if (need.NewPatients == 0)
        {
            return "no newly accepted patient in the training split";
        }
        bool isOverdue = need.LastStartedAt is not { } last || now - last >= options.LongestPause;
        return isOverdue || need.NewPatients >= options.MinimumNewPatients
            ? null
            : $"{need.NewPatients} newly accepted patients; {options.MinimumNewPatients} are needed, or "
                + $"{options.LongestPause.TotalDays:0} days since the last run";
    }
}
