using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VMUNet.Data.Studies;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>Starts and stops the socket: sweeps what a crash left, closes its association rows, listens.</summary>
internal sealed class ListenerService(
    StoreScp storeScp,
    InstanceSpool spool,
    AssociationLog associations,
    AssociationRows rows,
    ListenerPulse pulse,
    ListenerAddress address,
    ListenerOptions options,
    TimeProvider time,
    ILogger<ListenerService> logger) : IHostedService, IAsyncDisposable
{
    private DimseServer? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var swept = spool.Sweep(time.GetUtcNow());
        await pulse.BeatAsync(cancellationToken);
        var lost = await associations.CloseLeftOversAsync(rows.ListenerName, cancellationToken);
        _server = new DimseServer(
            new DimseServerOptions
            {
                Address = IPAddress.Parse(options.PlainBind),
                Port = options.Port,
                Tls = ListenerTls.EndpointOf(options, told => Log.Certificates(logger, told)),
                MaxPduLength = options.MaxPduLength,
                MaxAssociateLength = options.MaxAssociateLength,
                MaxContexts = options.MaxContexts,
                MaxTransferSyntaxes = options.MaxTransferSyntaxes,
                MaxUserItems = options.MaxUserItems,
                AssociationTimeout = options.AssociationTimeout,
                IdleTimeout = options.IdleTimeout,
                WriteTimeout = options.WriteTimeout,
                CloseTimeout = options.CloseTimeout,
                RateWindow = options.RateWindow,
                MinBytesPerSecond = options.MinBytesPerSecond,
                MaxPendingPerAddress = options.MaxPendingPerAddress,
                MaxAssociations = options.MaxAssociations,
                MaxAssociationsPerAddress = options.MaxAssociationsPerAddress,
                MaxObjectBytes = options.MaxObjectBytes,
            },
            storeScp,
            time);
        var endPoint = _server.Start();
        address.Set(endPoint, _server.TlsEndPoint);
        Log.Listening(
            logger, endPoint, string.Join(", ", options.OurTitles.Concat(options.OurBatchTitles)), swept, lost);
        if (!options.IsDurable)
        {
            Log.NotDurable(logger);
        }

        if (_server.TlsEndPoint is { } tls)
        {
            Log.ListeningTls(logger, tls, options.TlsAnonymous ? "not asked for" : "required");
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
        {
            await _server.StopAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
