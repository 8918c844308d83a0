using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Hangfire;
using Hangfire.PostgreSql;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VMUNet.Data;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Reporting.Tests;

/// <summary>The pages over a real database on a real loopback socket, with the product's own configuration file.</summary>
internal sealed partial class PagesHarness : IAsyncDisposable
{
    /// <summary>Organs of the task that the rows of these tests belong to.</summary>
    public static readonly IReadOnlyList<OrganLabel> Organs = [Organ(1, "liver"), Organ(2, "right-kidney")];

    private readonly WebApplication _app;
    private readonly HttpClientHandler _handler = new() { AllowAutoRedirect = false };

    private PagesHarness(WebApplication app, string address)
    {
        _app = app;
        Client = new HttpClient(_handler) { BaseAddress = new Uri(address) };
    }

    /// <summary>A browser's cookies, but no following of redirects.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<PagesHarness> StartAsync(PostgresFixture postgres, string? connectionString = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = Path.Combine(RepoPaths.Root, "src", "VMUNet.Host"),
        });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        string database = await postgres.StartAsync();
        builder.Services.AddPacsData(o => (o.ConnectionString, o.DataFolder) = (connectionString ?? database, postgres.DataFolder));
        builder.Services.AddHangfire(h => h.UsePostgreSqlStorage(s => s.UseNpgsqlConnection(database)));
        builder.Services.AddReporting(builder.Configuration, task => task == Rows.Task ? Organs : null);
        WebApplication app = builder.Build();
        app.UseReporting();
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new PagesHarness(app, address);
    }

    /// <summary>The page's text; fails unless it is answered with the status.</summary>
    public async Task<string> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using HttpResponseMessage answer = await Client.GetAsync(new Uri(path, UriKind.Relative));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, $"{path} answered {answer.StatusCode}: {text}");
        return text;
    }

    /// <summary>Posts a form with the token that the page gives out, as a browser does.</summary>
    public async Task<(HttpStatusCode Status, string Text, string? Location)> PostAsync(
        string page, string action, params (string Name, string Value)[] fields)
    {
        string token = Token().Match(await GetAsync(page)).Groups[1].Value;
        Assert.NotEmpty(token);
        return await PostBareAsync(action, [.. fields, ("__RequestVerificationToken", token)]);
    }

    /// <summary>Posts exactly these fields and headers.</summary>
    public async Task<(HttpStatusCode Status, string Text, string? Location)> PostBareAsync(
        string action, (string Name, string Value)[] fields, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(action, UriKind.Relative));
        request.Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        headers?.Invoke(request.Headers);
        using HttpResponseMessage answer = await Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Location?.ToString());
    }

    /// <summary>The token of a page's form.</summary>
    public async Task<string> TokenAsync(string page) => Token().Match(await GetAsync(page)).Groups[1].Value;

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _handler.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    private static OrganLabel Organ(byte value, string name) => new()
    {
        Value = value,
        Name = name,
        Category = new CodedConcept("123037004", "SCT", "Anatomical Structure"),
        Type = new CodedConcept($"1000{value}", "SCT", name),
        Colour = new Rgb((byte)(value * 90), 120, 40),
    };
}
