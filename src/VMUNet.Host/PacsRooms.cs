using VMUNet.Data;
using VMUNet.Dicom;
using VMUNet.DicomListener;
using VMUNet.Jobs;
using VMUNet.Model;
using VMUNet.Reporting;

namespace VMUNet.Host;

/// <summary>The list of rooms, each with its section of the configuration and what only the host knows.</summary>
internal static class PacsRooms
{
    /// <summary>Rows and jobs: what every role and the commands on a running instance's data need.</summary>
    public static IServiceCollection AddRows(
        this IServiceCollection services, IConfiguration configuration, PacsSettings settings, string connectionString) => services
        .AddPacsData(o =>
        {
            configuration.GetSection("Data").Bind(o);
            (o.ConnectionString, o.DataFolder) = (connectionString, settings.DataFolder);
            o.IsDurable = configuration.GetValue("Listener:IsDurable", true);
        })
        .AddJobs(o =>
        {
            configuration.GetSection("Jobs").Bind(o);
            o.ModelFolders = [.. o.ModelFolders, ProductFolder.Models];
            o.Destinations = [.. o.Destinations, .. settings.Destinations];
        })
        .AddRetraining(o =>
        {
            configuration.GetSection("Retrain").Bind(o);
            o.Command = [Environment.ProcessPath!, "train", "--options", "{options}"];
        });

    /// <summary>The parts that the roles ask for.</summary>
    public static IServiceCollection AddRoles(
        this IServiceCollection services, IConfiguration configuration, PacsSettings settings)
    {
        if (settings.Roles.HasFlag(Roles.Listener))
        {
            services.AddHostedService<CodecReport>();
            services.AddDicomListener(o => Configure(o, configuration, settings));
        }

        if (settings.Roles.HasFlag(Roles.Worker))
        {
            services.AddJobWorkers();
        }

        if (settings.Roles.HasFlag(Roles.Web))
        {
            services.AddReporting(configuration, task => TaskDefinition.All.FirstOrDefault(t => t.Name == task)?.Labels);
        }

        return services;
    }

    /// <summary>The listener's options of a configuration and command line; also what the conformance statement is written from.</summary>
    public static void Configure(ListenerOptions options, IConfiguration configuration, PacsSettings settings)
    {
        configuration.GetSection("Listener").Bind(options);
        options.Bind = settings.Bind ?? options.Bind;
        options.Port = settings.DicomPort ?? options.Port;
        options.AllowPlain |= settings.AllowPlain;
        options.TlsPort = settings.TlsPort ?? options.TlsPort;
        options.TlsCertificate = settings.TlsFiles.Certificate ?? options.TlsCertificate;
        options.TlsKey = settings.TlsFiles.Key ?? options.TlsKey;
        options.TlsAuthorities = settings.TlsFiles.Authorities ?? options.TlsAuthorities;
        options.TlsRevocationLists = settings.TlsFiles.RevocationLists ?? options.TlsRevocationLists;
        foreach (var syntax in DecodableTransferSyntaxes.ForNetwork)
        {
            options.TransferSyntaxes.Add(syntax);
        }

        foreach (var caller in settings.AllowedCallers)
        {
            options.AllowedCallers.Add(caller);
        }
    }
}
