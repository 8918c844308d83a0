using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using VMUNet.Data;
using VMUNet.Data.Schema;
using VMUNet.Data.Server;
using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>A database that stops while objects come: A700, nothing half, and recovery without a restart of ours.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class DatabaseStoppedTests
{
    [Fact]
    public async Task While_the_database_is_away_senders_are_told_to_try_again_and_then_it_recovers_by_itself()
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_001_001);
        var postgres = await PrivatePostgres.StartAsync(folder.Path, CancellationToken.None);
        try
        {
            await new DatabaseMigrator(NullLogger<DatabaseMigrator>.Instance)
                .MigrateAsync(postgres.ConnectionString, CancellationToken.None);
            await using var services = Services(folder.Path, postgres.ConnectionString);
            var hosted = services.GetServices<IHostedService>().OfType<ListenerService>().Single();
            await hosted.StartAsync(CancellationToken.None);
            var port = services.GetRequiredService<ListenerAddress>().EndPoint!.Port;
            await using var client = await ConnectAsync(port);
            var before = await RunningListener.StoreAsync(client, Of("1.1"), "1.1");

            await postgres.StopAsync();
            var during = await RunningListener.StoreAsync(client, Of("1.2"), "1.2");
            await using var newcomer = await ConnectAsync(port);
            var duringNew = await RunningListener.StoreAsync(newcomer, Of("1.3"), "1.3");
            await newcomer.ReleaseAsync(CancellationToken.None);

            postgres = await PrivatePostgres.StartAsync(folder.Path, CancellationToken.None);
            var after = await RunningListener.StoreAsync(client, Of("1.2"), "1.2");
            await client.ReleaseAsync(CancellationToken.None);
            await hosted.StopAsync(CancellationToken.None);
            await services.GetRequiredService<StudyCompletion>().RunOnceAsync(CancellationToken.None);

            Assert.Equal(DimseStatus.Success, before);
            Assert.Equal((0xA700, 0xA700), (during.Code, duringNew.Code));
            Assert.Equal(DimseStatus.Success, after);
            Assert.Equal(2, await CountAsync(postgres.ConnectionString, "select count(*) from instance"));
            Assert.Equal(0, await CountAsync(postgres.ConnectionString, "select count(*) from association where outcome = 'open'"));
        }
        finally
        {
            await postgres.StopAsync();
        }
    }

    private static ServiceProvider Services(string folder, string connectionString)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPacsData(o => (o.ConnectionString, o.DataFolder) = (connectionString, folder));
        services.AddDicomListener(o => (o.Port, o.DiskReserveBytes) = (0, 0));
        return services.BuildServiceProvider();
    }

    private static Task<DimseClient> ConnectAsync(int port) => DimseClient.ConnectAsync(
        new DimseClientOptions
        {
            Host = "127.0.0.1",
            Port = port,
            CalledAe = "VMUNET",
            CallingAe = "SENDER",
            Contexts = [new(SopClasses.MrImage, [TransferSyntaxes.ExplicitLittleEndian])],
        },
        CancellationToken.None);

    private static byte[] Of(string uid) => DataSetBytes.Instance(sopInstance: uid);

    private static async Task<long> CountAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
