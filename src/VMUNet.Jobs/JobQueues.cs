using VMUNet.Jobs.Routing;

namespace VMUNet.Jobs;

/// <summary>Hangfire's queues. They are served in alphabetical order of their names, so the names carry the priority.</summary>
public static class JobQueues
{
    /// <summary>Urgent; one worker serves nothing else.</summary>
    public const string Stat = "a-stat";

    /// <summary>Everyday work and corrections.</summary>
    public const string Routine = "b-routine";

    /// <summary>Whatever can wait.</summary>
    public const string Batch = "c-batch";

    /// <summary>Training, one at a time.</summary>
    public const string Train = "d-train";

    /// <summary>The queue of a route's priority.</summary>
    public static string Of(RoutePriority priority) => priority switch
    {
        RoutePriority.Stat => Stat,
        RoutePriority.Routine => Routine,
        RoutePriority.Batch => Batch,
        _ => throw new ArgumentOutOfRangeException(nameof(priority), priority, null),
    };
}
