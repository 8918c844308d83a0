using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace VMUNet.Reporting;

/// <summary>Brings this room: pages, pictures, and their one style sheet.</summary>
public static class ReportingRegistration
{
    /// <summary>Pages load nothing from elsewhere, run no script of others and cannot be framed.</summary>
    private const string ContentPolicy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    /// <summary>Adds the services of the pages.</summary>
    /// <param name="services">The host's services; those of the Data room must be among them.</param>
    /// <param name="configuration">The host's configuration; section <see cref="ReportingOptions.Section"/> is read.</param>
    /// <param name="findOrgans">Labels of a result's task, by the task's name; null when the task is unknown.</param>
    public static IServiceCollection AddReporting(
        this IServiceCollection services, IConfiguration configuration, FindOrgans findOrgans)
    {
        services.AddSingleton<IValidateOptions<ReportingOptions>, ReportingOptionsValidator>();
        services.AddOptions<ReportingOptions>().Bind(configuration.GetSection(ReportingOptions.Section)).ValidateOnStart();
        services.AddSingleton(findOrgans);
        services.AddSingleton<OverlayStore>();
        services.AddRazorPages().AddApplicationPart(typeof(ReportingRegistration).Assembly);
        return services;
    }

    /// <summary>Maps the pages, the overlay pictures and the style sheet.</summary>
    public static IEndpointRouteBuilder MapReporting(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapRazorPages();
        endpoints.MapGet("/site.css", () => Results.Bytes(StyleSheet, "text/css; charset=utf-8"));
        endpoints.MapGet("/studies/{uid}/results/{id:long}/slices/{slice:int}.png", OverlayAsync);
        return endpoints;
    }

    /// <summary>Puts the pages' security headers on every answer outside the jobs dashboard, which has its own scripts.</summary>
    public static IApplicationBuilder UseReportingHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        if (!context.Request.Path.StartsWithSegments("/hangfire", StringComparison.Ordinal))
        {
            context.Response.Headers.ContentSecurityPolicy = ContentPolicy;
        }

        return next(context);
    });

    private static byte[] StyleSheet { get; } = ReadStyleSheet();

    private static byte[] ReadStyleSheet()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("site.css")!;
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        return copy.ToArray();
    }

    private static async Task<IResult> OverlayAsync(
        string uid, long id, int slice, OverlayStore overlays, CancellationToken ct) =>
        await overlays.PictureAsync(uid, id, slice, ct) is { } png ? Results.Bytes(png, "image/png") : Results.NotFound();
}
