using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>The TLS door: who gets through, who does not, and what the others feel of it.</summary>
public sealed class TlsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IDisposable
{
    private static readonly DateTimeOffset s_later = new(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task An_object_comes_over_TLS_bit_for_bit_and_the_title_is_bound_to_the_certificate()
    {
        await using var listener = await StartAsync(o =>
        {
            o.AllowedCallers.Add("SENDER@cert:ct1.site");
            o.AllowedCallers.Add("OTHER@cert:other.site");
        });
        var bytes = DataSetBytes.Instance(sopInstance: "41.1", pixelBytes: 300_000);

        await using var client = await listener.ConnectAsync(tls: _certificates.ClientCredentials);
        var status = await RunningListener.StoreAsync(client, bytes, "41.1");
        await client.ReleaseAsync(CancellationToken.None);
        var other = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync("OTHER", tls: _certificates.ClientCredentials));
        var plain = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync());
        await listener.Pulse.BeatAsync(CancellationToken.None);

        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid = '41.1'"));
        Assert.Equal((RejectReason.CallingAeNotRecognized, RejectReason.CallingAeNotRecognized), (other.Reject, plain.Reject));
        Assert.Equal("ct1.site", await postgres.ScalarAsync<string>("select certificate from caller where ae_title = 'OTHER'"));
    }

    [Fact]
    public async Task Without_a_certificate_of_the_authority_there_is_no_association()
    {
        using var strangers = new TestCertificates();
        await using var listener = await StartAsync();

        var none = await Record.ExceptionAsync(() => listener.ConnectAsync(tls: new TlsCredentials(new TlsFiles { Authorities = _certificates.Authority })));
        var foreign = await Record.ExceptionAsync(() => listener.ConnectAsync(
            tls: new TlsCredentials(strangers.ClientFiles with { Authorities = _certificates.Authority })));
        var distrusting = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync(tls: strangers.ClientCredentials));

        Assert.IsType<DimseClientException>(none);
        Assert.IsType<DimseClientException>(foreign);
        Assert.Equal(DimseClientFault.CannotSecure, distrusting.Fault);
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from association where calling_ae = 'NOBODY'"));
    }

    [Fact]
    public async Task Plain_DICOM_on_the_TLS_port_gets_nothing_and_an_old_version_of_TLS_neither()
    {
        await using var listener = await StartAsync();

        var plain = await Record.ExceptionAsync(() => DimseClient.ConnectAsync(
            new DimseClientOptions { Host = "127.0.0.1", Port = listener.TlsPort, CalledAe = "VMUNET", CallingAe = "SENDER" }, CancellationToken.None));
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", listener.TlsPort);
        await using var old = new SslStream(socket.GetStream());
#pragma warning disable SYSLIB0039, CA5397 // the point of this test: the old version must be refused
        var refused = await Record.ExceptionAsync(() => old.AuthenticateAsClientAsync("localhost", null, SslProtocols.Tls11, false));
#pragma warning restore SYSLIB0039, CA5397

        Assert.IsType<DimseClientException>(plain);
        Assert.NotNull(refused);
    }

    public static TheoryData<string, byte[]> Garbage() => new()
    {
        { "zeros", new byte[512] },
        { "a record of 64 kB that does not come", [0x16, 3, 3, 0xFF, 0xFF, 1, 0, 0, 0] },
        { "a record of no bytes", [0x16, 3, 3, 0, 0] },
        { "a hello of 16 MB", [0x16, 3, 1, 0, 4, 1, 0xFF, 0xFF, 0xFF] },
        { "a hello of SSL 2", [0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, .. new byte[37]] },
        { "a hello of SSL 3", [0x16, 3, 0, 0, 0x2F, 1, 0, 0, 0x2B, 3, 0, .. new byte[32], 0, 0, 4, 0, 0x2F, 0, 0x35, 1, 0] },
        { "a hello of TLS 1.0", [0x16, 3, 1, 0, 0x2F, 1, 0, 0, 0x2B, 3, 1, .. new byte[32], 0, 0, 4, 0, 0x2F, 0, 0x35, 1, 0] },
        { "a hello whose session is longer than itself", [0x16, 3, 1, 0, 0x2F, 1, 0, 0, 0x2B, 3, 3, .. new byte[32], 0xFF, .. new byte[8]] },
        { "an alert", [0x15, 3, 3, 0, 2, 2, 40] },
        { "application data", [0x17, 3, 3, 0, 32, .. new byte[32]] },
        { "an association request", [1, 0, 0, 0, 0, 68, .. new byte[68]] },
        { "HTTP", [.. "GET / HTTP/1.1\r\n\r\n"u8] },
    };

    [Fact]
    public async Task Whatever_comes_in_place_of_a_hello_is_closed_on_and_the_next_caller_is_served()
    {
        await using var listener = await StartAsync(o => o.TlsHandshakeTimeout = TimeSpan.FromSeconds(1));
        foreach (var row in Garbage())
        {
            var (what, bytes) = row.Data;
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", listener.TlsPort);
            await socket.GetStream().WriteAsync(bytes);

            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var got = await Record.ExceptionAsync(() => ReadToEndAsync(socket.GetStream(), late.Token));

            Assert.True(got is null or IOException, $"{what}: {got}");
        }

        await using var client = await listener.ConnectAsync(tls: _certificates.ClientCredentials);
        Assert.Equal(0, await client.EchoAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("-tls1", 0)]
    [InlineData("-tls1_1", 0)]
    [InlineData("-tls1_2", 1)]
    public async Task OpenSSL_gets_no_old_version_and_no_second_handshake(string version, int handshakes)
    {
        await using var listener = await StartAsync();
        using var openssl = DcmtkProgram.Start("openssl", "s_client", "-connect", $"127.0.0.1:{listener.TlsPort}", version,
            "-cipher", "DEFAULT@SECLEVEL=0", "-CAfile", _certificates.Authority, "-cert", _certificates.Client.Certificate,
            "-key", _certificates.Client.Key);
        var errors = openssl.StandardError.ReadToEndAsync();

        await openssl.StandardInput.WriteLineAsync("R"); // its word for a renegotiation
        openssl.StandardInput.Close();
        var output = await openssl.StandardOutput.ReadToEndAsync() + await errors;

        Assert.True(output.Split("depth=0").Length - 1 == handshakes, output);
        Assert.Equal(handshakes == 1, output.Contains("RENEGOTIATING", StringComparison.Ordinal));
        await using var client = await listener.ConnectAsync(tls: _certificates.ClientCredentials);
        Assert.Equal(0, await client.EchoAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_renewed_certificate_serves_without_a_restart_and_a_broken_file_changes_nothing()
    {
        using var next = new TestCertificates();
        await using var listener = await StartAsync();
        await (await listener.ConnectAsync(tls: _certificates.ClientCredentials)).DisposeAsync();

        await File.WriteAllTextAsync(_certificates.Server.Certificate, "half written");
        await (await listener.ConnectAsync(tls: _certificates.ClientCredentials)).DisposeAsync();
        File.Copy(next.Server.Certificate, _certificates.Server.Certificate, overwrite: true);
        File.Copy(next.Server.Key, _certificates.Server.Key, overwrite: true);
        var distrusting = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync(tls: _certificates.ClientCredentials));
        await using var client = await listener.ConnectAsync(
            tls: new TlsCredentials(_certificates.ClientFiles with { Authorities = next.Authority }));

        Assert.Equal(DimseClientFault.CannotSecure, distrusting.Fault);
        Assert.Equal(0, await client.EchoAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_withdrawn_certificate_is_kept_out_as_soon_as_the_list_says_so_and_a_server_s_as_well()
    {
        var list = _certificates.Withdraw(s_later);
        await using var listener = await StartAsync(o => o.TlsRevocationLists = list);
        await (await listener.ConnectAsync(tls: _certificates.ClientCredentials)).DisposeAsync();

        _certificates.Withdraw(s_later, _certificates.Client.Certificate);
        var withdrawn = await Record.ExceptionAsync(() => listener.ConnectAsync(tls: _certificates.ClientCredentials));
        _certificates.Withdraw(s_later, _certificates.Server.Certificate, _certificates.Issue("other.site").Certificate);
        var distrusting = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync(
            tls: new TlsCredentials(_certificates.ClientFiles with { RevocationLists = list })));
        await using var trusting = await listener.ConnectAsync(tls: _certificates.ClientCredentials);

        Assert.IsType<DimseClientException>(withdrawn);
        Assert.Equal(DimseClientFault.CannotSecure, distrusting.Fault);
        Assert.Equal(0, await trusting.EchoAsync(CancellationToken.None));
    }

    [Fact]
    public void A_list_of_another_authority_stops_the_start_and_an_overdue_one_is_told_and_still_counts()
    {
        using var strangers = new TestCertificates();
        var told = new List<string>();
        var overdue = _certificates.Withdraw(s_later, _certificates.Client.Certificate);

        var foreign = Assert.Throws<CryptographicException>(() => new TlsCredentials(_certificates.ServerFiles with { RevocationLists = strangers.Withdraw(s_later) }));
        var none = Assert.Throws<CryptographicException>(() => new TlsCredentials(_certificates.ServerFiles with { RevocationLists = _certificates.Authority }));
        var credentials = new TlsCredentials(_certificates.ServerFiles with { RevocationLists = overdue }, told.Add, new FakeTimeProvider(s_later.AddDays(1)));
        _ = (credentials.ExpiresAt, credentials.ExpiresAt);

        Assert.Contains("none of the authorities", foreign.Message, StringComparison.Ordinal);
        Assert.Contains("no revocation list", none.Message, StringComparison.Ordinal);
        Assert.Contains("should have been renewed", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshakes_that_never_go_on_hold_up_nobody_and_are_closed()
    {
        await using var listener = await StartAsync(o => o.TlsHandshakeTimeout = TimeSpan.FromSeconds(1));
        var silent = new List<TcpClient>();
        for (var i = 0; i < 40; i++)
        {
            var one = new TcpClient();
            await one.ConnectAsync("127.0.0.1", listener.TlsPort);
            await one.GetStream().WriteAsync(new byte[] { 0x16, 0x03, 0x01 });
            silent.Add(one);
        }

        var start = Stopwatch.GetTimestamp();
        await using var client = await listener.ConnectAsync(tls: _certificates.ClientCredentials);
        var echo = await client.EchoAsync(CancellationToken.None);
        var took = Stopwatch.GetElapsedTime(start);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var end = await Record.ExceptionAsync(async () => Assert.Equal(0, await silent[^1].GetStream().ReadAsync(new byte[16], late.Token)));

        Assert.Equal(0, echo);
        Assert.True(took < TimeSpan.FromSeconds(5), $"the echo took {took}");
        Assert.True(end is null or IOException, $"{end}");
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task DCMTK_storescu_and_echoscu_come_over_TLS_with_their_certificate_and_not_without()
    {
        using var folder = new TemporaryFolder();
        var dataSet = DataSetBytes.Instance(sopInstance: "42.1", study: "42", series: "42.9", pixelBytes: 50_000);
        await File.WriteAllBytesAsync(
            folder.File("1.dcm"), [.. Part10.BuildHeader(SopClasses.MrImage, "42.1", TransferSyntaxes.ExplicitLittleEndian, null), .. dataSet]);
        await using var listener = await StartAsync();
        string[] tls = ["+tls", _certificates.Client.Key, _certificates.Client.Certificate, "+cf", _certificates.Authority];
        string[] node = ["-aec", "VMUNET", "localhost", $"{listener.TlsPort}"];

        var echo = await DcmtkProgram.RunAsync("echoscu", [.. tls, .. node]);
        var store = await DcmtkProgram.RunAsync("storescu", [.. tls, .. node, folder.File("1.dcm")]);
        var anonymous = await DcmtkProgram.RunAsync("echoscu", ["+tla", "+cf", _certificates.Authority, .. node]);

        Assert.True(echo.ExitCode == 0, echo.Output);
        Assert.True(store.ExitCode == 0, store.Output);
        Assert.NotEqual(0, anonymous.ExitCode);
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from instance where sop_instance_uid = '42.1'"));
    }

    private static async Task ReadToEndAsync(NetworkStream stream, CancellationToken ct)
    {
        var bytes = new byte[1024];
        while (await stream.ReadAsync(bytes, ct) > 0)
        {
            continue; // an alert, or nothing
        }
    }

    private Task<RunningListener> StartAsync(Action<ListenerOptions>? more = null) => RunningListener.StartAsync(postgres, o =>
    {
        o.TlsPort = 0;
        (o.TlsCertificate, o.TlsKey, o.TlsAuthorities) = (_certificates.Server.Certificate, _certificates.Server.Key, _certificates.Authority);
        more?.Invoke(o);
    });
}
