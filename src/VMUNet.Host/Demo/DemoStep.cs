namespace VMUNet.Host.Demo;

/// <summary>A step of the demo did not happen.</summary>
/// <param name="message">Which, and what was seen instead.</param>
internal sealed class DemoFailedException(string message) : Exception(message);

/// <summary>Waiting for something that other parts of the product do.</summary>
internal static class DemoWait
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(300);

    /// <summary>Looks until the value is there.</summary>
    /// <param name="what">For the message when it does not come.</param>
    /// <param name="atMost">Limit.</param>
    /// <param name="look">Returns null as long as it is not there.</param>
    /// <param name="ct">Cancels the wait.</param>
    /// <exception cref="DemoFailedException">It did not come in time.</exception>
    public static async Task<T> ForAsync<T>(string what, TimeSpan atMost, Func<Task<T?>> look, CancellationToken ct)
        where T : class
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (true)
        {
            if (await look() is { } value)
            {
                return value;
            }

            if (time.GetElapsedTime(start) > atMost)
            {
                throw new DemoFailedException($"{what} did not come within {atMost.TotalSeconds:0} s");
            }

            await Task.Delay(s_look, ct);
        }
    }
}
