namespace VMUNet.Reporting.Tests;

public sealed class SameOriginTests
{
    [Theory]
    [InlineData("POST", null, null, false)]
    [InlineData("POST", "http://localhost:8080", "same-origin", false)]
    [InlineData("POST", "http://LOCALHOST:8080", null, false)]
    [InlineData("POST", "http://localhost:8081", null, true)]
    [InlineData("POST", "http://localhost", null, true)]
    [InlineData("POST", "null", null, true)]
    [InlineData("POST", "not an origin", null, true)]
    [InlineData("POST", "http://localhost:8080.example", null, true)]
    [InlineData("POST", null, "same-site", true)]
    [InlineData("DELETE", "http://elsewhere.example", null, true)]
    [InlineData("GET", "http://elsewhere.example", "cross-site", false)]
    public void Only_pages_of_this_host_may_change_anything(string method, string? origin, string? site, bool isRefused) =>
        Assert.Equal(isRefused, SameOrigin.Objection(method, "localhost:8080", origin, site) is not null);
}
