using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace VMUNet.DicomListener.Tests;

public sealed class ListenerOptionsTests
{
    [Fact]
    public void Defaults_are_legal_and_on_loopback() => Assert.Equal("127.0.0.1", Validated(_ => { }).Bind);

    [Fact]
    public void Another_address_needs_plain_to_be_allowed_and_callers_to_be_named()
    {
        var faults = Assert.Throws<OptionsValidationException>(() => Validated(o => o.Bind = "0.0.0.0")).Failures;

        Assert.Contains(faults, f => f.Contains("--allow-plain", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("--allow AE", StringComparison.Ordinal));
        Validated(o =>
        {
            o.Bind = "0.0.0.0";
            o.AllowPlain = true;
            o.AllowedCallers.Add("CT1@10.0.0.7");
        });
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
