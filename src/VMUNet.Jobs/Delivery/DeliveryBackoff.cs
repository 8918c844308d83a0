namespace VMUNet.Jobs.Delivery;

/// <summary>When a failed delivery is tried again: doubling waits with jitter, until the result is too old. Pure.</summary>
public static class DeliveryBackoff
{
    /// <summary>Wait after the given number of failed attempts.</summary>
    /// <param name="failedAttempts">At least 1.</param>
    /// <param name="first">Wait after the first one.</param>
    /// <param name="longest">Upper bound, before jitter.</param>
    /// <param name="jitter">0 to 1; spreads the wait over 75 % to 125 %, so that many results do not knock at once.</param>
    public static TimeSpan Wait(int failedAttempts, TimeSpan first, TimeSpan longest, double jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failedAttempts, 1);
        double factor = Math.Pow(2, Math.Min(failedAttempts - 1, 30));
        TimeSpan wait = first * factor < longest ? first * factor : longest;
        return wait * (0.75 + 0.5 * jitter);
    }
}
