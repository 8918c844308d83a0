using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Learning;
using VMUNet.Data.Network;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Data.Schema;
using VMUNet.Data.Studies;

namespace VMUNet.Data;

/// <summary>Brings this room's services.</summary>
public static class DataRegistration
{
    /// <summary>
    /// Adds the registry, ledgers and queries over the database and data folder that <paramref name="configure"/> names.
    /// The schema must be there before first use: <see cref="DatabaseMigrator"/>.
    /// </summary>
    public static IServiceCollection AddPacsData(this IServiceCollection services, Action<PacsDataOptions> configure)
    {
        services.AddOptions<PacsDataOptions>().Configure(configure).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new NpgsqlDataSourceBuilder(
            s.GetRequiredService<IOptions<PacsDataOptions>>().Value.ConnectionString).Build());
        services.AddSingleton(s => new PacsDatabase(
            s.GetRequiredService<NpgsqlDataSource>(), ContextOptions(s.GetRequiredService<NpgsqlDataSource>())));
        services.AddSingleton(s => new PatientKeys(s.GetRequiredService<IOptions<PacsDataOptions>>().Value.DataFolder));
        services.AddSingleton<DatabaseMigrator>();
        services.AddSingleton(s => new RecordingConnections(
            s.GetRequiredService<IOptions<PacsDataOptions>>().Value.ConnectionString,
            s.GetRequiredService<IOptions<PacsDataOptions>>().Value.IsDurable));
        services.AddSingleton(s => new StudyRegistry(s.GetRequiredService<PacsDatabase>(),
            s.GetRequiredService<RecordingConnections>(), s.GetRequiredService<PatientKeys>(), Time(s)));
        services.AddSingleton(s => new AssociationLog(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new CompletionTimers(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new CallerBook(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new CommitmentInbox(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new InstanceCopies(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new ConfirmationLedger(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new QuarantineDesk(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new IntakeLoad(s.GetRequiredService<PacsDatabase>()));
        services.AddSingleton(s => new AuditTrail(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new JobLedger(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new ResultLedger(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new DeliveryOutbox(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new ModelRegistry(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new CorrectionDesk(s.GetRequiredService<PacsDatabase>(), Splits(s), Time(s)));
        services.AddSingleton(s => new CurationDesk(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new TrainingLedger(s.GetRequiredService<PacsDatabase>(), Time(s)));
        services.AddSingleton(s => new PacsQueries(s.GetRequiredService<PacsDatabase>()));
        return services;
    }

    private static SplitRule Splits(IServiceProvider services)
    {
        PacsDataOptions options = services.GetRequiredService<IOptions<PacsDataOptions>>().Value;
        return new SplitRule(services.GetRequiredService<PatientKeys>(), options.DevPercent, options.LockedPercent);
    }

    internal static DbContextOptions<PacsDbContext> ContextOptions(NpgsqlDataSource source) =>
        new DbContextOptionsBuilder<PacsDbContext>()
            .UseNpgsql(source)
            .UseSnakeCaseNamingConvention()
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .Options;

    private static TimeProvider Time(IServiceProvider services) => services.GetRequiredService<TimeProvider>();
}
