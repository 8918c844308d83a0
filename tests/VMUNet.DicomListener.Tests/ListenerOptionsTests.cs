using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using VMUNet.Dimse.Tests;

namespace VMUNet.DicomListener.Tests;

public sealed class ListenerOptionsTests
{
    [Fact]
    public void Defaults_are_legal_and_on_loopback() => Assert.Equal("127.0.0.1", Validated(_ => { }).Bind);

    [Fact]
    public void Another_address_needs_plain_to_be_allowed_or_TLS()
    {
        var faults = Assert.Throws<OptionsValidationException>(() => Validated(o => o.Bind = "0.0.0.0")).Failures;

        Assert.Contains(faults, f => f.Contains("--allow-plain", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("--tls-cert", StringComparison.Ordinal));
        Validated(o =>
        {
            o.Bind = "0.0.0.0";
            o.AllowPlain = true;
        });
    }

    [Fact]
    public void With_TLS_and_without_plain_the_plain_port_stays_on_loopback()
    {
        using var certificates = new TestCertificates();
        var options = Validated(o =>
        {
            (o.Bind, o.TlsCertificate, o.TlsKey, o.TlsAuthorities) = ("0.0.0.0", certificates.Server.Certificate, certificates.Server.Key, certificates.Authority);
        });

        Assert.Equal("127.0.0.1", options.PlainBind);
    }

    [Fact]
    public void Certificates_that_cannot_be_used_stop_the_start()
    {
        using var certificates = new TestCertificates();

        var missing = Assert.Throws<OptionsValidationException>(() => Validated(o => (o.TlsCertificate, o.TlsAuthorities) = ("/nowhere.pem", certificates.Authority)));
        var unfit = Assert.Throws<OptionsValidationException>(() => Validated(o =>
            (o.TlsCertificate, o.TlsKey, o.TlsAuthorities) = (certificates.Server.Certificate, certificates.Client.Key, certificates.Authority)));
        var open = Assert.Throws<OptionsValidationException>(() => Validated(o => (o.TlsCertificate, o.TlsKey) = (certificates.Server.Certificate, certificates.Server.Key)));

        Assert.Contains("TlsCertificate", missing.Message, StringComparison.Ordinal);
        Assert.Contains("TlsCertificate", unfit.Message, StringComparison.Ordinal);
        Assert.Contains("--tls-ca", open.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_is_listed_at_once()
    {
        var faults = Assert.Throws<OptionsValidationException>(() => Validated(o =>
        {
            o.AeTitles.Add("SEVENTEEN_LETTERS");
            o.AllowedCallers.Add("A@nowhere");
            o.AdditionalSopClasses.Add("1..2");
            o.Port = 70_000;
            o.MaxWait = TimeSpan.Zero;
            o.Bind = "localhost";
        })).Failures;

        foreach (var key in (string[])["AeTitles", "AllowedCallers", "AdditionalSopClasses", "Port", "MaxWait", "Bind"])
        {
            Assert.Contains(faults, f => f.Contains(key, StringComparison.Ordinal));
        }
    }

    private static ListenerOptions Validated(Action<ListenerOptions> configure)
    {
        using var services = new ServiceCollection().AddDicomListener(configure).BuildServiceProvider();
        return services.GetRequiredService<IOptions<ListenerOptions>>().Value;
    }
}
