namespace VMUNet.Imaging;

/// <summary>
/// A given file or value cannot be used. The message says what was expected, what came and what to do; doors turn it
/// into exit code 2 or a refusal, never into a stack trace.
/// </summary>
public sealed class BadInputException : Exception
{
    /// <summary>Refuses an input.</summary>
    /// <param name="message">What was expected, what came, what to do.</param>
    public BadInputException(string message)
        : base(message)
    {
    }

    /// <summary>Refuses an input because of a lower fault.</summary>
    /// <param name="message">What was expected, what came, what to do.</param>
    /// <param name="innerException">The fault that revealed it.</param>
    public BadInputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
