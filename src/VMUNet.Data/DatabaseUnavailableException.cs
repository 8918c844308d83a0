namespace VMUNet.Data;

/// <summary>The database cannot be reached or cannot answer now; trying again later may help. Nothing was committed,
/// except when the connection broke during the commit itself, so a retry must be idempotent.</summary>
public sealed class DatabaseUnavailableException(Exception inner)
    : Exception("The database cannot be reached: " + inner.Message, inner);
