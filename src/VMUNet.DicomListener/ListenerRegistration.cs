using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using VMUNet.Data;

namespace VMUNet.DicomListener;

/// <summary>Brings this room's services.</summary>
public static class ListenerRegistration
{
    /// <summary>
    /// Adds the listener and the completion of series as hosted services. Needs the services of VMUNet.Data, and its schema
    /// before the host starts. A wrong option stops the host at start, with every fault listed.
    /// </summary>
    public static IServiceCollection AddDicomListener(this IServiceCollection services, Action<ListenerOptions> configure)
    {
        services.AddOptions<ListenerOptions>().Configure(configure).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ListenerOptions>, ListenerOptionsValidator>();
        services.AddSingleton<IValidateOptions<ListenerOptions>, ListenerOptionsRules>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton(s => s.GetRequiredService<IOptions<ListenerOptions>>().Value);
        services.AddSingleton(s => new InstanceSpool(
            s.GetRequiredService<IOptions<PacsDataOptions>>().Value.DataFolder, s.GetRequiredService<ListenerOptions>()));
        services.AddSingleton<ListenerMetrics>();
        services.AddSingleton<ListenerAddress>();
        services.AddSingleton<AssociationPolicy>();
        services.AddSingleton<AssociationRows>();
        services.AddSingleton<LiveFirst>();
        services.AddSingleton<ListenerPulse>();
        services.AddSingleton<StoreScp>();
        services.AddSingleton<StudyCompletion>();
        services.AddHostedService<ListenerService>();
        services.AddHostedService(s => s.GetRequiredService<ListenerPulse>());
        services.AddHostedService(s => s.GetRequiredService<StudyCompletion>());
        return services;
    }
}
