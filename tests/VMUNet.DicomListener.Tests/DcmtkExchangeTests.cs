using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>DCMTK's storescu and echoscu against our listener.</summary>
public sealed class DcmtkExchangeTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Echoscu_is_answered()
    {
        await using var listener = await RunningListener.StartAsync(postgres);

        var (code, output) = await DcmtkProgram.RunAsync("echoscu", "-aec", "VMUNET", "127.0.0.1", $"{listener.Port}");

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Echoscu_under_a_wrong_title_is_told_that_the_called_title_is_not_recognized()
    {
        await using var listener = await RunningListener.StartAsync(postgres);

        var (code, output) = await DcmtkProgram.RunAsync("echoscu", "-aec", "NOBODY", "127.0.0.1", $"{listener.Port}");

        Assert.NotEqual(0, code);
        Assert.Contains("Called AE Title Not Recognized", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storescu_sends_a_folder_and_every_object_is_recorded()
    {
        using var folder = new TemporaryFolder();
        for (var i = 1; i <= 20; i++)
        {
            var uid = $"31.9.{i}";
            var dataSet = DataSetBytes.Instance(
                sopInstance: uid, study: "31", series: "31.9", number: i, z: i * 5, pixelBytes: 50_000);
            await File.WriteAllBytesAsync(
                folder.File($"{i}.dcm"),
                [.. Part10.BuildHeader(SopClasses.MrImage, uid, TransferSyntaxes.ExplicitLittleEndian, null), .. dataSet]);
        }

        await using var listener = await RunningListener.StartAsync(postgres);

        var (code, output) = await DcmtkProgram.RunAsync(
            "storescu", "-aec", "VMUNET", "+sd", "-R", "127.0.0.1", $"{listener.Port}", folder.Path);

        Assert.True(code == 0, output);
        Assert.Equal(20, await postgres.ScalarAsync<int>("select instance_count from series where series_instance_uid = '31.9'"));
    }
}
