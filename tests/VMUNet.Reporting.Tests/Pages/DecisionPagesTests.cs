using System.Net;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Testing;

namespace VMUNet.Reporting.Tests.Pages;

/// <summary>Curated cases and models: what people decide.</summary>
public sealed class DecisionPagesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Ticked_cases_are_accepted_in_the_name_of_a_person_and_the_others_wait()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var (one, two, three) = (await OfferAsync(pages), await OfferAsync(pages), await OfferAsync(pages));

        var answer = await pages.PostAsync("/cases", "/cases?handler=accept",
            ("cases", $"{one}"), ("cases", $"{two}"), ("Decision.Person", "Ada"), ("Decision.Reason", "clean <borders>"));

        Assert.Equal((HttpStatusCode.Found, "/cases"), (answer.Status, answer.Location));
        Assert.Equal(("accepted", "accepted", "checked"), (await StateAsync(one), await StateAsync(two), await StateAsync(three)));
        string text = await pages.GetAsync("/cases");
        string decided = text[text.IndexOf("Decided", StringComparison.Ordinal)..];
        Assert.Contains("Ada", decided, StringComparison.Ordinal);
        Assert.Contains("clean &lt;borders&gt;", decided, StringComparison.Ordinal);
        Assert.DoesNotContain($"value=\"{one}\"", text, StringComparison.Ordinal);
        Assert.Contains($"value=\"{three}\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_rejects_what_was_decided_meanwhile_is_told_and_the_rest_is_done()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var (one, two) = (await OfferAsync(pages), await OfferAsync(pages));
        await pages.Get<CurationDesk>().AcceptAsync(one, "earlier", "", default);

        var answer = await pages.PostAsync("/cases", "/cases?handler=reject",
            ("cases", $"{one}"), ("cases", $"{two}"), ("Decision.Person", "Ada"));

        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Contains($"Case {one} cannot become rejected", answer.Text, StringComparison.Ordinal);
        Assert.Equal(("accepted", "rejected"), (await StateAsync(one), await StateAsync(two)));
    }

    [Theory]
    [InlineData(true, "", "Say who decides")]
    [InlineData(false, "Ada", "Tick at least one case.")]
    public async Task A_form_without_a_name_or_without_a_case_changes_nothing(bool isTicked, string person, string complaint)
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        long id = await OfferAsync(pages);

        var answer = await pages.PostAsync("/cases", "/cases?handler=accept",
            [("Decision.Person", person), .. isTicked ? new[] { ("cases", $"{id}") } : []]);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(complaint, answer.Text, StringComparison.Ordinal);
        Assert.Equal("checked", await StateAsync(id));
    }

    [Fact]
    public async Task A_post_without_the_token_of_our_form_is_refused_in_a_sentence()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        long id = await OfferAsync(pages);
        await pages.GetAsync("/cases"); // the cookie alone is not enough

        var answer = await pages.PostBareAsync("/cases?handler=accept", [("cases", $"{id}"), ("Decision.Person", "Mallory")]);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("was not opened from these pages", answer.Text, StringComparison.Ordinal);
        Assert.Equal("checked", await StateAsync(id));
    }

    [Theory]
    [InlineData("Origin", "http://elsewhere.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:9")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_post_from_another_origin_is_refused_even_with_the_token(string header, string value)
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        long id = await OfferAsync(pages);
        string token = await pages.TokenAsync("/cases");
        (string, string)[] form = [("cases", $"{id}"), ("Decision.Person", "Mallory"), ("__RequestVerificationToken", token)];

        var foreign = await pages.PostBareAsync("/cases?handler=accept", form, h => h.Add(header, value));

        Assert.Equal(HttpStatusCode.Forbidden, foreign.Status);
        Assert.Contains("came from a page of another site", foreign.Text, StringComparison.Ordinal);
        Assert.Equal("checked", await StateAsync(id));
        var own = await pages.PostBareAsync("/cases?handler=accept", form,
            h => h.Add("Origin", pages.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)));
        Assert.Equal((HttpStatusCode.Found, "accepted"), (own.Status, await StateAsync(id)));
    }

    [Theory]
    [InlineData("elsewhere.example")]
    [InlineData("10.1.2.3:8080")]
    public async Task Another_host_name_than_loopback_gets_no_page(string host)
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/cases", UriKind.Relative));
        request.Headers.Host = host;

        using HttpResponseMessage answer = await pages.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_person_makes_an_eligible_version_champion_and_brings_the_former_back()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        RegisteredModel old = await rows.ModelAsync("old", "swap");
        RegisteredModel next = await rows.ModelAsync("next", "swap");
        Assert.Contains("waits for approval", await pages.GetAsync("/attention"), StringComparison.Ordinal);

        var promoted = await pages.PostAsync("/models", $"/models?handler=approve&id={next.ModelVersionId}", ("Decision.Person", "Ada"), ("Decision.Reason", "better"));
        string after = await ChampionAsync("swap");
        var back = await pages.PostAsync("/models", $"/models?handler=approve&id={old.ModelVersionId}", ("Decision.Person", "Ada"));

        Assert.Equal((HttpStatusCode.Found, HttpStatusCode.Found), (promoted.Status, back.Status));
        Assert.Equal(("next by Ada", "old by Ada"), (after, await ChampionAsync("swap")));
        Assert.Matches("<strong>promoted</strong> better", await pages.GetAsync("/models"));
    }

    [Fact]
    public async Task A_rejected_version_is_marked_and_cannot_be_approved()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        await rows.ModelAsync("good", "no");
        RegisteredModel bad = await rows.ModelAsync("bad", "no");

        var rejected = await pages.PostAsync("/models", $"/models?handler=reject&id={bad.ModelVersionId}", ("Decision.Person", "Ada"), ("Decision.Reason", "worse on spleen"));
        await rows.ModelAsync("third", "no"); // so that the page still has a form
        var approved = await pages.PostAsync("/models", $"/models?handler=approve&id={bad.ModelVersionId}", ("Decision.Person", "Ada"));

        Assert.Equal((HttpStatusCode.Found, HttpStatusCode.Conflict), (rejected.Status, approved.Status));
        Assert.Contains("only eligible and retired versions may", approved.Text, StringComparison.Ordinal);
        Assert.Contains("<strong>rejected</strong> worse on spleen", approved.Text, StringComparison.Ordinal);
        Assert.Equal("good by release", await ChampionAsync("no"));
    }

    private static async Task<long> OfferAsync(PagesHarness pages)
    {
        var rows = new Rows(pages.Services);
        JobLease lease = await rows.LeaseAsync(Rows.Instance());
        await rows.ResultAsync(lease);
        return (await rows.CorrectAsync(lease, [Rows.Scored(1, "liver", 0.9, 2)])).CuratedCaseId!.Value;
    }

    private Task<string?> StateAsync(long id) =>
        postgres.ScalarAsync<string>($"select state from curated_case_state where curated_case_id = {id}");

    private async Task<string> ChampionAsync(string task) => (await postgres.ScalarAsync<string>(
        $"select name || ' by ' || approved_by from model_version where task = '{task}' and state = 'champion'"))!;
}
