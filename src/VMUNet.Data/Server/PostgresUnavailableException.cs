namespace VMUNet.Data.Server;

/// <summary>The private PostgreSQL server cannot be found, made or started; the message says what to do.</summary>
public sealed class PostgresUnavailableException(string message) : Exception(message);
