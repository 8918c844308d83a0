using Microsoft.Extensions.Logging;

namespace VMUNet.Data;

/// <summary>Log events of this room, 3000-3099.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Debug, "Migration: {Message}")]
    public static partial void Migration(ILogger logger, string message);

    [LoggerMessage(3001, LogLevel.Warning, "Migration: {Message}")]
    public static partial void MigrationWarning(ILogger logger, string message);

    [LoggerMessage(3002, LogLevel.Error, "Migration: {Message}")]
    public static partial void MigrationError(ILogger logger, string message, Exception? exception);
}
