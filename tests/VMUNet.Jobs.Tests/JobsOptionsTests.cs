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

    [Theory]
    [InlineData("OUR ARCHIVE-1", true)]
    [InlineData("OUR\\AE", false)]
    [InlineData("RÖNTGEN", false)]
    [InlineData("A\tB", false)]
    [InlineData("   ", false)]
    public void Our_title_is_a_legal_AE_title_or_stops_the_start(string title, bool isLegal)
    {
        var options = new JobsOptions { CallingAe = title };

        Assert.Equal(isLegal, Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true));
    }

    private static List<string> Faults(JobsOptions options) =>
        [.. options.Validate(new ValidationContext(options)).Select(r => r.ErrorMessage ?? "")];
}
