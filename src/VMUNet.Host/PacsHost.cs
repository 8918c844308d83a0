using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using VMUNet.DicomListener;
using VMUNet.Reporting;

namespace VMUNet.Host;

/// <summary>One running product: database, then the rooms that its roles ask for (<see cref="PacsRooms"/>).</summary>
internal sealed class PacsHost : IAsyncDisposable
{
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);

    private readonly PacsDatabaseServer _database;
    private readonly IHost _host;

    private PacsHost(PacsDatabaseServer database, IHost host) => (_database, _host) = (database, host);

    /// <summary>The rooms' services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Where DICOM is accepted; null without the listener.</summary>
    public IPEndPoint? Dicom { get; private set; }

    /// <summary>Where DICOM over TLS is accepted; null without it.</summary>
    public IPEndPoint? DicomTls { get; private set; }

    /// <summary>Where the pages are; null without them.</summary>
    public string? Web { get; private set; }

    /// <summary>Starts everything and returns when it accepts.</summary>
    public static async Task<PacsHost> StartAsync(PacsSettings settings, CancellationToken ct)
    {
        Directory.CreateDirectory(settings.DataFolder);
        var builder = CreateBuilder(settings);
        var database = await PacsDatabaseServer.StartAsync(builder.Configuration, settings.DataFolder, ct);
        try
        {
            await database.MigrateAsync(ct);
            builder.Services.AddRows(builder.Configuration, settings, database.ConnectionString);
            builder.Services.AddRoles(builder.Configuration, settings);
            var pacs = new PacsHost(database, Build(builder));
            await pacs._host.StartAsync(ct);
            await pacs.FindAddressesAsync(ct);
            return pacs;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs until the token is cancelled or a part of the host ends by itself.</summary>
    public async Task WaitAsync(CancellationToken ct)
    {
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
        }
        catch (OperationCanceledException)
        {
            // the ordinary end
        }
    }

    /// <summary>Stops accepting, lets work end within its limit, then stops the database.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(s_stopLimit))
        {
            await _host.StopAsync(limit.Token);
        }

        if (_host is IAsyncDisposable host)
        {
            await host.DisposeAsync();
        }

        await _database.DisposeAsync();
    }

    private static IHostApplicationBuilder CreateBuilder(PacsSettings settings)
    {
        IHostApplicationBuilder builder;
        if (settings.Roles.HasFlag(Roles.Web))
        {
            var web = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
            web.WebHost.ConfigureKestrel((context, kestrel) =>
            {
                var options = context.Configuration;
                var address = settings.Bind ?? options["Web:Bind"] ?? "127.0.0.1";
                var port = settings.WebPort ?? options.GetValue("Web:Port", 8080);
                kestrel.AddServerHeader = false;
                kestrel.Listen(IPAddress.Parse(address), port);
            });
            builder = web;
        }
        else
        {
            builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(
                new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        }

        builder.Configuration.AddInstance(settings.DataFolder);
        builder.Configuration.AddInMemoryCollection(settings.Overrides);
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat, o.UseUtcTimestamp) = (true, "HH:mm:ss ", true));
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = s_stopLimit);
        return builder;
    }

    private static IHost Build(IHostApplicationBuilder builder)
    {
        if (builder is not WebApplicationBuilder web)
        {
            return ((HostApplicationBuilder)builder).Build();
        }

        var app = web.Build();
        return app.UseReporting();
    }

    private async Task FindAddressesAsync(CancellationToken ct)
    {
        if (Services.GetService<ListenerAddress>() is { } listener)
        {
            Dicom = await listener.ReadyAsync(ct);
            DicomTls = listener.TlsEndPoint;
        }

        Web = (Services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>())?.Addresses.FirstOrDefault();
    }

    /// <summary>The line that scripts wait for.</summary>
    public string ReadyLine => string.Create(CultureInfo.InvariantCulture, $"ready dicom={Dicom?.ToString() ?? "-"} web={Web ?? "-"}")
        + (DicomTls is null ? "" : $" tls={DicomTls}");
}
