using Microsoft.AspNetCore.Http;

namespace VMUNet.Reporting;

/// <summary>Headers of every answer: nothing is kept, framed, embedded elsewhere or loaded from elsewhere.</summary>
internal static class SecurityHeaders
{
    /// <summary>Our pages have one style sheet, pictures and forms; no script at all.</summary>
    private const string Pages = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'";

    /// <summary>The jobs' dashboard brings its own scripts and writes style attributes.</summary>
    private const string Dashboard = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Adds them when the answer starts: an exception clears what was set before it.</summary>
    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        var isDashboard = context.Request.Path.StartsWithSegments("/hangfire", StringComparison.OrdinalIgnoreCase);
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = isDashboard ? Dashboard : Pages;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers.CacheControl = "no-store";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
