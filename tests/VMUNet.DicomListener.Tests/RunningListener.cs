using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using VMUNet.Dimse;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>A listener on a free port over this class's database, with a clock that tests move.</summary>
internal sealed class RunningListener : IAsyncDisposable
{
    private readonly List<IHostedService> _hosted;

    private RunningListener(ServiceProvider services, List<IHostedService> hosted) =>
        (Services, _hosted) = (services, hosted);

    public ServiceProvider Services { get; }

    public int Port => Services.GetRequiredService<ListenerAddress>().EndPoint!.Port;

    public StudyCompletion Completion => Services.GetRequiredService<StudyCompletion>();

    public static async Task<RunningListener> StartAsync(
        PostgresFixture postgres, Action<ListenerOptions>? configure = null, FakeTimeProvider? clock = null)
    {
        var services = await postgres.ServicesAsync(s =>
        {
            if (clock is not null)
            {
                s.AddSingleton<TimeProvider>(clock);
            }

            s.AddDicomListener(o =>
            {
                o.Port = 0;
                o.DiskReserveBytes = 0;
                configure?.Invoke(o);
            });
        });
        var hosted = services.GetServices<IHostedService>().Where(h => h is ListenerService).ToList();
        foreach (var service in hosted)
        {
            await service.StartAsync(CancellationToken.None);
        }

        return new RunningListener(services, hosted);
    }

    public ListenerPulse Pulse => Services.GetRequiredService<ListenerPulse>();

    public int TlsPort => Services.GetRequiredService<ListenerAddress>().TlsEndPoint!.Port;

    public Task<DimseClient> ConnectAsync(
        string callingAe = "SENDER", string calledAe = "VMUNET", TlsCredentials? tls = null) => DimseClient.ConnectAsync(
        new DimseClientOptions
        {
            Host = tls is null ? "127.0.0.1" : "localhost",
            Port = tls is null ? Port : TlsPort,
            Tls = tls,
            CalledAe = calledAe,
            CallingAe = callingAe,
            Contexts =
            [
                new(SopClasses.Verification, [TransferSyntaxes.ImplicitLittleEndian]),
                new(SopClasses.MrImage, [TransferSyntaxes.ExplicitLittleEndian]),
                new(SopClasses.MrImage, [TransferSyntaxes.ImplicitLittleEndian]),
                new(SopClasses.CtImage, [TransferSyntaxes.ExplicitLittleEndian]),
                new(SopClasses.Segmentation, [TransferSyntaxes.ExplicitLittleEndian]),
            ],
        },
        CancellationToken.None);

    public async Task<DimseStatus> StoreAsync(
        byte[] dataSet, string sopInstance = "1.2.3.4", string sopClass = SopClasses.MrImage, bool isExplicit = true)
    {
        await using var client = await ConnectAsync();
        var status = await StoreAsync(client, dataSet, sopInstance, sopClass, isExplicit);
        await client.ReleaseAsync(CancellationToken.None);
        return status;
    }

    public static Task<DimseStatus> StoreAsync(
        DimseClient client, byte[] dataSet, string sopInstance, string sopClass = SopClasses.MrImage, bool isExplicit = true) =>
        client.StoreAsync(
            sopClass,
            sopInstance,
            isExplicit ? TransferSyntaxes.ExplicitLittleEndian : TransferSyntaxes.ImplicitLittleEndian,
            new MemoryStream(dataSet),
            dataSet.Length,
            CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _hosted)
        {
            await service.StopAsync(CancellationToken.None);
        }
    }
}
