using System.Net;
using Microsoft.Extensions.Logging;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>Every line that this room logs; event ids 1000 to 1099. Titles are escaped before they come here.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "Listening on {EndPoint} as {Titles}; {Swept} half-received files swept, {Lost} associations of an earlier run closed")]
    public static partial void Listening(ILogger logger, IPEndPoint endPoint, string titles, int swept, int lost);

    [LoggerMessage(1001, LogLevel.Warning, "No association with {Address}: {How}, {Why}")]
    public static partial void AssociationRefused(ILogger logger, IPAddress address, AssociationEnd how, string why);

    [LoggerMessage(1002, LogLevel.Warning, "Association of {CallingAe} at {Address} ended: {How}, {Why}")]
    public static partial void AssociationBroken(ILogger logger, string callingAe, IPAddress address, AssociationEnd how, string why);

    [LoggerMessage(1003, LogLevel.Warning, "Instance {SopInstanceUid} of {CallingAe} was answered {Status}")]
    public static partial void StoreRefused(ILogger logger, string sopInstanceUid, string callingAe, DimseStatus status);

    [LoggerMessage(1004, LogLevel.Error, "Failure {CorrelationId} while storing for {CallingAe}")]
    public static partial void StoreFailed(ILogger logger, string correlationId, string callingAe, Exception exception);

    [LoggerMessage(1005, LogLevel.Error, "The database is away: {Reason}")]
    public static partial void DatabaseAway(ILogger logger, string reason);

    [LoggerMessage(1006, LogLevel.Error, "The spool's disk refused")]
    public static partial void DiskRefused(ILogger logger, Exception exception);

    [LoggerMessage(1007, LogLevel.Information, "Series {SeriesInstanceUid} is complete with {Instances} instances; warning: {Warning}")]
    public static partial void SeriesComplete(ILogger logger, string seriesInstanceUid, int instances, string warning);

    [LoggerMessage(1008, LogLevel.Error, "Series {SeriesInstanceUid} could not be judged for completion")]
    public static partial void CompletionFailed(ILogger logger, string seriesInstanceUid, Exception exception);

    [LoggerMessage(1009, LogLevel.Error, "The completion timers could not be looked at")]
    public static partial void CompletionRoundFailed(ILogger logger, Exception exception);

    [LoggerMessage(1010, LogLevel.Information, "Listening for TLS on {EndPoint}; a caller's certificate is {Certificate}")]
    public static partial void ListeningTls(ILogger logger, IPEndPoint endPoint, string certificate);

    [LoggerMessage(1011, LogLevel.Warning, "TLS: {What}")]
    public static partial void Certificates(ILogger logger, string what);

    [LoggerMessage(1012, LogLevel.Error, "Associations are rejected for now: {Why}")]
    public static partial void Pressure(ILogger logger, string why);

    [LoggerMessage(1013, LogLevel.Information, "Associations are accepted again")]
    public static partial void PressureOver(ILogger logger);

    [LoggerMessage(1014, LogLevel.Error, "Callers and load could not be looked at")]
    public static partial void PulseFailed(ILogger logger, Exception exception);

    [LoggerMessage(1015, LogLevel.Information, "{CallingAe} reported storage commitment, event {EventType}")]
    public static partial void CommitmentEvent(ILogger logger, string callingAe, int eventType);

    [LoggerMessage(1016, LogLevel.Warning, "Listener:IsDurable is false: objects are acknowledged before they are safe. For measuring only")]
    public static partial void NotDurable(ILogger logger);
}
