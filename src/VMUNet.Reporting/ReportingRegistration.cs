using System.Reflection;
using Hangfire;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;

namespace VMUNet.Reporting;

/// <summary>Brings this room: pages, pictures, their one style sheet, and the jobs' dashboard beside them.</summary>
public static class ReportingRegistration
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

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
        services.AddSingleton<ReviewQueue>();
        services.AddRazorPages().AddApplicationPart(typeof(ReportingRegistration).Assembly);
        services.Configure<KestrelServerOptions>(o => o.AddServerHeader = false);
        services.AddFormTokens();
        return services;
    }

    /// <summary>
    /// Everything between a request and its page, in order: headers, words for failures, no foreign origin, the jobs'
    /// dashboard at /hangfire (its storage must be registered), pages, pictures.
    /// </summary>
    public static WebApplication UseReporting(this WebApplication app)
    {
        app.Use(SecurityHeaders.AddAsync);
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/status/500",
            StatusCodeSelector = e => e is DatabaseUnavailableException
                ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError,
        });
        app.UseStatusCodePagesWithReExecute("/status/{0}");
        app.Use(SameOrigin.DemandAsync);
        app.UseRouting();
        app.UseHangfireDashboard("/hangfire", new DashboardOptions
        {
            DashboardTitle = "VMUNet.Pacs jobs - not for diagnostic use",
            DisplayStorageConnectionString = false,
        });
        app.MapRazorPages();
        app.MapFile("/site.css", "text/css; charset=utf-8");
        app.MapFile("/icon.svg", "image/svg+xml");
        app.MapGet("/studies/{uid}/results/{id:long}/slices/{slice:int}.png", OverlayAsync);
        return app;
    }

    /// <summary>The keys that sign forms lie in the data folder, so an open form outlives a restart.</summary>
    private static void AddFormTokens(this IServiceCollection services)
    {
        services.AddDataProtection();
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<PacsDataOptions>, ILoggerFactory>((keys, data, logs) =>
        {
            var folder = Path.Combine(data.Value.DataFolder, "keys", "pages");
            keys.XmlRepository = new FileSystemXmlRepository(
                OperatingSystem.IsWindows() ? Directory.CreateDirectory(folder) : Directory.CreateDirectory(folder, OwnerOnly), logs);
        });
        // It warns that keys lie unencrypted; so does everything in the data folder, which is closed to others.
        services.AddLogging(logs => logs.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        services.Configure<AntiforgeryOptions>(o =>
        {
            o.Cookie.Name = "vmunet-form";
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.SuppressXFrameOptionsHeader = true; // SecurityHeaders says DENY
        });
    }

    private static void MapFile(this IEndpointRouteBuilder endpoints, string path, string contentType)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(path[1..])!;
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        var bytes = copy.ToArray();
        endpoints.MapGet(path, () => Results.Bytes(bytes, contentType));
    }

    private static async Task<IResult> OverlayAsync(
        string uid, long id, int slice, OverlayStore overlays, CancellationToken ct) =>
        await overlays.PictureAsync(uid, id, slice, ct) is { } png ? Results.Bytes(png, "image/png") : Results.NotFound();
}
