using Microsoft.Extensions.Logging;

namespace VMUNet.Jobs;

/// <summary>Log events of this room, 5000-5099. Never a patient's name, id or birth date; never free text of a header.</summary>
internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "Job {Job}: series {Series} segmented by {Model} in {Seconds:0.0} s")]
    public static partial void Segmented(ILogger logger, long job, string series, string model, double seconds);

    [LoggerMessage(5001, LogLevel.Warning, "Job {Job}: series {Series} refused, {Reason}: {Detail}")]
    public static partial void Refused(ILogger logger, long job, string series, string reason, string detail);

    [LoggerMessage(5002, LogLevel.Error, "Job {Job}: attempt {Attempt} failed")]
    public static partial void Failed(ILogger logger, long job, int attempt, Exception exception);

    [LoggerMessage(5003, LogLevel.Warning, "Job {Job}: the lease is lost, its result is dropped")]
    public static partial void LeaseLost(ILogger logger, long job);

    [LoggerMessage(5004, LogLevel.Warning, "The database cannot be reached: {Message}")]
    public static partial void DatabaseAway(ILogger logger, string message);

    [LoggerMessage(5005, LogLevel.Error, "The {Task} round failed")]
    public static partial void RoundFailed(ILogger logger, string task, Exception exception);

    [LoggerMessage(5006, LogLevel.Information, "{Sop} delivered to {Destination}")]
    public static partial void Delivered(ILogger logger, string sop, string destination);

    [LoggerMessage(5007, LogLevel.Warning, "{Sop} not delivered to {Destination}, attempt {Attempt}: {Error}")]
    public static partial void NotDelivered(ILogger logger, string sop, string destination, int attempt, string error);

    [LoggerMessage(5008, LogLevel.Error, "{Sop} will not be delivered to {Destination} without a person: {Error}")]
    public static partial void DeadLetter(ILogger logger, string sop, string destination, string error);

    [LoggerMessage(5009, LogLevel.Information, "Job {Job}: {Count} corrections of series {Series} admitted")]
    public static partial void Admitted(ILogger logger, long job, int count, string series);

    [LoggerMessage(5010, LogLevel.Warning, "Model folder {Folder} is left out: {Fault}")]
    public static partial void ModelLeftOut(ILogger logger, string folder, string fault);

    [LoggerMessage(5011, LogLevel.Information, "Retraining of {Task}: {Message}")]
    public static partial void Retraining(ILogger logger, string task, string message);

    [LoggerMessage(5012, LogLevel.Error, "Retraining of {Task} failed: {Message}")]
    public static partial void RetrainingFailed(ILogger logger, string task, string message);

    [LoggerMessage(5013, LogLevel.Information, "{Sop}: {Destination} confirms that it keeps it ({How})")]
    public static partial void Confirmed(ILogger logger, string sop, string destination, string how);

    [LoggerMessage(5014, LogLevel.Error, "{Sop}: {Destination} does not keep it: {Why}")]
    public static partial void NotKept(ILogger logger, string sop, string destination, string why);

    [LoggerMessage(5015, LogLevel.Information, "Commitment event {Event} of {CallingAe}: {Outcome}")]
    public static partial void CommitmentEvent(ILogger logger, long @event, string callingAe, string outcome);

    [LoggerMessage(5016, LogLevel.Warning, "Instance {Sop} is kept aside: {Why}")]
    public static partial void CopyDiffers(ILogger logger, string sop, string why);

    [LoggerMessage(5017, LogLevel.Information, "Job {Job}: memory {Bound}")]
    public static partial void MemoryBound(ILogger logger, long job, Imaging.MemoryBound bound);

    [LoggerMessage(5018, LogLevel.Information, "Device: {Line}")]
    public static partial void Device(ILogger logger, string line);

    [LoggerMessage(5019, LogLevel.Warning, "{Sop} delivered to {Destination} with a warning: {Warning}")]
    public static partial void DeliveredWithWarning(ILogger logger, string sop, string destination, string warning);
}
