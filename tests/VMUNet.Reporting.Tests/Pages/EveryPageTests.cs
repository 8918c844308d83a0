using System.Net;
using System.Text.RegularExpressions;
using VMUNet.Data.Processing;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Reporting.Tests.Pages;

/// <summary>What holds on all pages, with rows behind them and without.</summary>
public sealed partial class EveryPageTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string Label = "Not for diagnostic use";
    private const string Hostile = "<script>alert(1)</script>\"'><b>liver & spleen</b>";

    public static TheoryData<string> Lists => ["/", "/models", "/cases", "/attention"];

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Without_rows_a_page_says_so_and_what_to_do_next(string path)
    {
        var empty = new PostgresFixture();
        await using (empty)
        {
            await using PagesHarness pages = await PagesHarness.StartAsync(empty);

            string text = await pages.GetAsync(path);

            Assert.Contains(Label, text, StringComparison.Ordinal);
            Assert.DoesNotContain("<table", text, StringComparison.Ordinal);
            Assert.Matches("No(thing)? [^<]*(yet|waits)[^<]*", text);
            Assert.Matches("C-STORE|vmunet up|/\">Studies</a>\\.", text);
        }
    }

    [Theory]
    [InlineData("/studies/1.2.3.4", "No study 1.2.3.4 has arrived here.")]
    [InlineData("/studies/1.2.3.4/results/1", "Study 1.2.3.4 has no result 1.")]
    [InlineData("/studies/1.2.3.4/results/1/slices/0.png", "There is nothing at this address.")]
    [InlineData("/nowhere", "There is nothing at this address.")]
    public async Task What_is_unknown_is_not_found_in_a_sentence(string path, string sentence)
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);

        string text = await pages.GetAsync(path, HttpStatusCode.NotFound);

        Assert.Contains(sentence, text, StringComparison.Ordinal);
        Assert.Contains(Label, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_that_came_by_DICOM_is_shown_as_text()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        ReceivedInstance instance = Rows.Instance() with
        {
            StudyDescription = Hostile,
            SeriesDescription = Hostile,
            BodyPart = Hostile,
            Modality = "<i>",
            CallingAe = "<u>",
        };
        JobLease lease = await rows.LeaseAsync(instance);
        long result = await rows.ResultAsync(lease, [new OrganVolume(1, Hostile, 10, 1)]);
        await rows.CorrectAsync(lease, [Rows.Scored(1, Hostile, 0.9, 2)], Hostile);
        string study = instance.StudyInstanceUid;

        foreach (string path in (string[])["/", $"/studies/{study}", $"/studies/{study}/results/{result}", "/cases", "/attention"])
        {
            string text = await pages.GetAsync(path);
            Assert.True(!text.Contains("<script", StringComparison.OrdinalIgnoreCase) && !text.Contains("<b>", StringComparison.Ordinal)
                && !text.Contains("<i>", StringComparison.Ordinal) && !text.Contains("<u>", StringComparison.Ordinal), path);
        }

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&gt;&lt;b&gt;liver &amp; spleen&lt;/b&gt;",
            await pages.GetAsync($"/studies/{study}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_page_shows_who_the_patient_is_not_even_by_the_hash()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        ReceivedInstance instance = Rows.Instance() with { PatientId = "PATIENT-4711", IssuerOfPatientId = "HOSPITAL-0815" };
        JobLease lease = await rows.LeaseAsync(instance);
        long result = await rows.ResultAsync(lease);
        await rows.CorrectAsync(lease, [Rows.Scored(1, "liver", 0.9, 2)]);
        string study = instance.StudyInstanceUid;
        string hash = (await postgres.ScalarAsync<string>($"select patient_key from study where study_instance_uid = '{study}'"))!;

        foreach (string path in (string[])["/", $"/studies/{study}", $"/studies/{study}/results/{result}", "/cases", "/attention", "/models"])
        {
            string text = await pages.GetAsync(path);
            Assert.All((string[])["4711", "0815", hash, hash[..12]], secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Every_page_is_labelled_reachable_by_keyboard_and_names_the_zone_of_its_times()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        ReceivedInstance instance = Rows.Instance();
        JobLease lease = await rows.LeaseAsync(instance);
        long result = await rows.ResultAsync(lease);
        await rows.CorrectAsync(lease, [Rows.Scored(1, "liver", 0.9, 2)]);
        string study = instance.StudyInstanceUid;

        foreach (string path in (string[])["/", $"/studies/{study}", $"/studies/{study}/results/{result}", "/cases", "/attention", "/models"])
        {
            string text = await pages.GetAsync(path);
            Assert.Contains(Label, text, StringComparison.Ordinal);
            Assert.Contains("<html lang=\"en\">", text, StringComparison.Ordinal);
            Assert.Contains("href=\"#main\"", text, StringComparison.Ordinal);
            Assert.Single(Heading().Matches(text));
            Assert.NotEmpty(Instant().Matches(text));
            Assert.DoesNotMatch("[0-9]{2}:[0-9]{2}:[0-9]{2}(?!Z\"| UTC)", text);
            Assert.DoesNotMatch("<th(?! scope)[ >]", text);
            Assert.DoesNotMatch("<img(?![^>]* alt=\"[^\"]+\")", text);
            Assert.All(Cell().Matches(text), cell => Assert.Contains("data-label", cell.Value, StringComparison.Ordinal));
            Assert.DoesNotMatch("\\b1 (instances|corrections|attempts)", text);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/site.css")]
    [InlineData("/nowhere")]
    [InlineData("/hangfire")]
    public async Task Every_answer_is_guarded_by_headers(string path)
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);

        using HttpResponseMessage answer = await pages.Client.GetAsync(new Uri(path, UriKind.Relative));

        string? Header(string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
        Assert.Equal(("nosniff", "DENY", "no-referrer", "no-store"),
            (Header("X-Content-Type-Options"), Header("X-Frame-Options"), Header("Referrer-Policy"), Header("Cache-Control")));
        Assert.Contains("frame-ancestors 'none'", Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal(path != "/hangfire", Header("Content-Security-Policy")!.StartsWith("default-src 'none'", StringComparison.Ordinal));
        Assert.Equal("same-origin", Header("Cross-Origin-Resource-Policy"));
        Assert.Null(Header("Server"));
    }

    [Fact]
    public async Task A_database_that_is_away_is_said_in_words_and_the_headers_stay()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres, "Host=127.0.0.1;Port=1;Timeout=2;Username=x;Database=x");

        using HttpResponseMessage answer = await pages.Client.GetAsync(new Uri("/models", UriKind.Relative));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("The database cannot be reached.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Npgsql", text, StringComparison.Ordinal);
        Assert.True(answer.Headers.Contains("Content-Security-Policy"));
    }

    [Fact]
    public async Task The_dashboard_of_the_jobs_is_there_with_its_files_and_the_label()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);

        string text = await pages.GetAsync("/hangfire");

        Assert.Contains("not for diagnostic use", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("VMUNet.Pacs jobs", text, StringComparison.Ordinal);
        string script = Script().Match(text).Groups[1].Value;
        Assert.NotEmpty(await pages.GetAsync(script));
    }

    [GeneratedRegex("<h1>[^<]+</h1>")]
    private static partial Regex Heading();

    [GeneratedRegex("<time datetime=\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z\">[0-9-]{10} [0-9:]{8} UTC</time>")]
    private static partial Regex Instant();

    [GeneratedRegex("<td[^>]*>")]
    private static partial Regex Cell();

    [GeneratedRegex("src=\"(/hangfire/js[^\"]+)\"")]
    private static partial Regex Script();
}
