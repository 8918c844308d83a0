using System.ComponentModel.DataAnnotations;

namespace VMUNet.Jobs.Tests;

public sealed class JobsOptionsTests
{
    [Fact]
    public void Certificates_that_cannot_be_used_stop_the_start()
    {
        Assert.Empty(Faults(new JobsOptions()));
        Assert.Contains(Faults(new JobsOptions { TlsAuthorities = "/nowhere/ca.pem" }), f => f.Contains("ca.pem", StringComparison.Ordinal));
        Assert.Contains(Faults(new JobsOptions { TlsCertificate = "/nowhere/own.pem" }), f => f.Contains("own.pem", StringComparison.Ordinal));
    }

    private static List<string> Faults(JobsOptions options) =>
        [.. options.Validate(new ValidationContext(options)).Select(r => r.ErrorMessage ?? "")];
}
