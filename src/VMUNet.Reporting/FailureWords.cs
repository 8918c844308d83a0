using Microsoft.AspNetCore.Http;

namespace VMUNet.Reporting;

/// <summary>What the reader is told when there is no page.</summary>
internal static class FailureWords
{
    /// <summary>A more telling sentence than that of the status code, kept with the request.</summary>
    public const string Key = "VMUNet.Reporting.FailureWords";

    /// <summary>Heading and sentence for a status code.</summary>
    public static (string Title, string Sentence) Of(int status) => status switch
    {
        StatusCodes.Status400BadRequest => ("Form not taken",
            "The form was not complete, or it was not opened from these pages. Open the page again and repeat; nothing was changed."),
        StatusCodes.Status403Forbidden => ("Refused", "This is not allowed. Nothing was changed."),
        StatusCodes.Status404NotFound => ("Not found",
            "There is nothing at this address. The list of studies shows what has arrived."),
        StatusCodes.Status503ServiceUnavailable => ("Database away",
            "The database cannot be reached. What was received stays safe; open the page again in a moment."),
        >= 500 => ("Failed", "Something broke while this page was made. What was received stays safe; the log says more."),
        _ => ("Not answered", $"The request could not be answered (status {status})."),
    };
}
