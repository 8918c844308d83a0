using VMUNet.Dimse;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>Odd and broken files that others have met: each gets a definite status, and the next association works.</summary>
public sealed class MalformedFilesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly ushort[] s_definite = [0x0000, 0x0111, 0x0117, 0xA900, 0xC000, 0xC001];

    [Fact]
    public async Task Each_gets_a_definite_status_and_the_listener_goes_on()
    {
        var folder = RepoPaths.Shared is { } shared ? Path.Combine(shared, "data", "dicom-malformed") : "";
        if (!Directory.Exists(folder))
        {
            Assert.Skip("../shared/data/dicom-malformed is not there");
        }

        await using var listener = await RunningListener.StartAsync(postgres);
        await using var client = await listener.ConnectAsync();
        var statuses = new HashSet<ushort>();
        foreach (var path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => new FileInfo(f).Length > 0))
        {
            var (bytes, instance) = DataSetOf(path);
            foreach (var isExplicit in (bool[])[true, false])
            {
                var status = await RunningListener.StoreAsync(client, bytes, instance, isExplicit: isExplicit);
                Assert.Contains(status.Code, s_definite);
                statuses.Add(status.Code);
            }
        }

        await client.ReleaseAsync(CancellationToken.None);
        await using var next = await listener.ConnectAsync();
        Assert.Equal(0, await next.EchoAsync(CancellationToken.None));
        Assert.Contains<ushort>(0xC000, statuses);
        Assert.Contains<ushort>(0xA900, statuses);
    }

    private static (byte[] DataSet, string Instance) DataSetOf(string path)
    {
        using var file = File.OpenRead(path);
        var instance = "1.2.3";
        try
        {
            instance = Part10.ReadHeader(file).SopInstanceUid;
        }
        catch (Part10FormatException)
        {
            file.Position = 0; // some have no header; their bytes are sent as they are
        }

        var rest = new byte[file.Length - file.Position];
        file.ReadExactly(rest);
        return (rest.Length > 0 ? rest : [0], instance);
    }
}
