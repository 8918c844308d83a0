using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Jobs.Delivery;
using VMUNet.Jobs.Models;
using VMUNet.Jobs.Retraining;
using VMUNet.Jobs.Routing;
using VMUNet.Model;

namespace VMUNet.Jobs;

/// <summary>Brings this room's services.</summary>
public static class JobsRegistration
{
    /// <summary>
    /// Adds jobs, routing and Hangfire's storage on the product's database; needs VMUNet.Data's services and its schema.
    /// Nothing runs yet: <see cref="AddJobWorkers"/>.
    /// </summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, Action<JobsOptions> configure)
    {
        services.AddOptions<JobsOptions>().Configure(configure).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        // Registered here, not left to Hangfire's process-wide defaults: two hosts in one process keep apart.
        services.AddSingleton<JobStorage>(Storage);
        services.AddSingleton<JobActivator>(s => new AspNetCoreJobActivator(s.GetRequiredService<IServiceScopeFactory>()));
        services.AddHangfire((provider, hangfire) => hangfire
            .UseLogProvider(new HangfireLogs(provider.GetRequiredService<ILoggerFactory>()))
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings());
        services.AddSingleton(Router);
        services.AddSingleton(s => new InferenceQueue(s.GetRequiredService<IOptions<JobsOptions>>().Value.InferenceThreads));
        services.AddMetrics();
        services.AddSingleton<JobsMetrics>();
        services.AddSingleton<ModelCache>();
        services.AddSingleton<ModelRegistrar>();
        services.AddSingleton<ResultFiles>();
        services.AddSingleton<LeasedJob>();
        services.AddSingleton<SeriesDispatcher>();
        services.AddSingleton<SegmentSeriesJob>();
        services.AddSingleton<AdmitCorrectionJob>();
        services.AddSingleton<DestinationTls>();
        services.AddSingleton<DeliverResultJob>();
        services.AddSingleton<ConfirmDeliveriesJob>();
        services.AddSingleton<CompareCopiesJob>();
        services.AddOptions<RetrainOptions>().ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<CuratedDataSet>();
        services.AddSingleton<TrainingProcess>();
        services.AddSingleton<RetrainJob>();
        return services;
    }

    /// <summary>Sets the retraining's options; without it there is no rehearsal data and so no retraining.</summary>
    public static IServiceCollection AddRetraining(this IServiceCollection services, Action<RetrainOptions> configure)
    {
        services.Configure(configure);
        return services;
    }

    /// <summary>Adds the clock and Hangfire's servers: one that serves stat only, one for everything but training, one for training.</summary>
    public static IServiceCollection AddJobWorkers(this IServiceCollection services)
    {
        services.AddSingleton<JobsClock>();
        services.AddHostedService(s => s.GetRequiredService<JobsClock>());
        services.AddHangfireServer((_, o) => Server(o, "stat", 1, JobQueues.Stat));
        services.AddHangfireServer((s, o) => Server(o, "general", s.GetRequiredService<IOptions<JobsOptions>>().Value.Workers,
            JobQueues.Stat, JobQueues.Routine, JobQueues.Batch));
        services.AddHangfireServer((_, o) => Server(o, "train", 1, JobQueues.Train));
        return services;
    }

    private static PostgreSqlStorage Storage(IServiceProvider services)
    {
        var options = new PostgreSqlStorageOptions
        {
            SchemaName = "hangfire",
            QueuePollInterval = TimeSpan.FromMilliseconds(500),
            // A long job stays its worker's as long as that lives; our own lease and fence judge results anyway.
            InvisibilityTimeout = TimeSpan.FromMinutes(5),
            UseSlidingInvisibilityTimeout = true,
        };
        string connection = services.GetRequiredService<IOptions<PacsDataOptions>>().Value.ConnectionString;
        return new PostgreSqlStorage(new NpgsqlConnectionFactory(connection, options), options);
    }

    private static void Server(BackgroundJobServerOptions options, string name, int workers, params string[] queues)
    {
        options.ServerName = $"{Environment.MachineName}:{Environment.ProcessId}:{name}";
        options.WorkerCount = workers;
        options.Queues = queues;
        options.ShutdownTimeout = TimeSpan.FromSeconds(20);
    }

    private static ModelRouter Router(IServiceProvider services)
    {
        JobsOptions options = services.GetRequiredService<IOptions<JobsOptions>>().Value;
        string file = options.RoutesFile
            ?? Path.Combine(services.GetRequiredService<IOptions<PacsDataOptions>>().Value.DataFolder, "routes.json");
        return new ModelRouter(RouteFile.Load(file));
    }
}
