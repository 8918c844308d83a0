using Microsoft.AspNetCore.Http;

namespace VMUNet.Reporting;

/// <summary>
/// Only these pages may change anything. The pages have no login, so a page elsewhere that makes the reader's browser post
/// here would act in the reader's name; the forms' tokens stand against it too.
/// </summary>
internal static class SameOrigin
{
    /// <summary>Why a request is refused; null when it may pass.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="host">Host and port that it asks for.</param>
    /// <param name="origin">Origin header, which browsers send with every post; null from other programs.</param>
    /// <param name="fetchSite">Sec-Fetch-Site header; null from older browsers and other programs.</param>
    public static string? Objection(string method, string host, string? origin, string? fetchSite)
    {
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return null;
        }

        var isForeign = !string.IsNullOrEmpty(origin)
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var from)
                && string.Equals(from.Authority, host, StringComparison.OrdinalIgnoreCase));
        return isForeign || fetchSite is "cross-site" or "same-site"
            ? "This request came from a page of another site, so it was refused. Nothing was changed."
            : null;
    }

    /// <summary>Answers 403 where there is an objection.</summary>
    public static Task DemandAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        // A refused request comes by once more, for the page that says so.
        var isRefused = context.Items.ContainsKey(FailureWords.Key);
        if (isRefused || Objection(request.Method, request.Host.Value ?? "", request.Headers.Origin, request.Headers["Sec-Fetch-Site"])
            is not { } objection)
        {
            return next(context);
        }

        context.Items[FailureWords.Key] = objection;
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}
