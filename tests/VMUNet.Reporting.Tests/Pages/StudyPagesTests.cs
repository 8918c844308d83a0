using System.Net;
using VMUNet.Data.Processing;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Reporting.Tests.Pages;

public sealed class StudyPagesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_list_shows_each_study_once_with_the_state_of_each_series_newest_first()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        ReceivedInstance older = Rows.Instance() with { StudyDescription = "older study" };
        ReceivedInstance newer = Rows.Instance() with { StudyDescription = "newer study", Modality = "XC" };
        await rows.ReceiveAsync(older);
        await rows.ResultAsync(await rows.LeaseAsync(newer));

        string text = await pages.GetAsync("/");

        int Place(string what) => text.IndexOf(what, StringComparison.Ordinal);
        Assert.InRange(Place("newer study"), 0, Place("older study"));
        Assert.Equal(2, text.Split($"href=\"/studies/{older.StudyInstanceUid}\"").Length);
        Assert.Contains(">receiving</span> <span class=\"quiet\">1 instance</span>", text, StringComparison.Ordinal);
        Assert.Contains("<span class=\"modality\">XC</span> <span class=\"state busy\">segmented</span>", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_study_tells_its_series_its_jobs_and_everything_that_happened_from_the_first_instance_on()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        ReceivedInstance instance = Rows.Instance() with { SeriesDescription = "t2 axial", BodyPart = "ABDOMEN" };
        JobLease lease = await rows.LeaseAsync(instance);
        long result = await rows.ResultAsync(lease);
        await rows.CorrectAsync(lease, [Rows.Scored(1, "liver", 0.87654, 2)]);

        string text = await pages.GetAsync($"/studies/{instance.StudyInstanceUid}");

        Assert.Contains("<strong>MR</strong> t2 axial, ABDOMEN", text, StringComparison.Ordinal);
        Assert.Contains($"{Rows.Task} <span class=\"quiet\">abdomen route, succeeded</span>", text, StringComparison.Ordinal);
        Assert.Contains("correction <span class=\"quiet\">succeeded</span>", text, StringComparison.Ordinal);
        Assert.Contains($"/studies/{instance.StudyInstanceUid}/results/{result}\">first</a> <span class=\"quiet\">DSC liver 0.877", text, StringComparison.Ordinal);
        string[] order = ["<strong>received</strong>", "<strong>complete</strong>", "<strong>routed and queued</strong>", "<strong>started</strong>",
            "<strong>result stored</strong>", "<strong>correction scored</strong>", "<strong>case offered</strong>", "<strong>correction admitted</strong>"];
        int[] places = [.. order.Select(o => text.IndexOf(o, StringComparison.Ordinal))];
        Assert.All(places, (place, n) => Assert.True(place > 0, order[n]));
        Assert.Equal(places.Order(), places);
        Assert.Contains("by SENDER, MR series", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_series_says_why_and_a_named_person_may_have_it_tried_again()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        ReceivedInstance instance = Rows.Instance();
        JobLease lease = await rows.LeaseAsync(instance);
        await pages.Get<JobLedger>().RefuseAsync(lease, "two_slices", "Series has 2 slices at z = 4 mm; delete one", "segment", default);
        string page = $"/studies/{instance.StudyInstanceUid}";
        string action = $"{page}?handler=reopen&series={lease.Series.SeriesId}";
        Assert.Contains("two slices: Series has 2 slices at z = 4 mm; delete one", await pages.GetAsync(page), StringComparison.Ordinal);
        Assert.Contains("two_slices: Series has 2 slices", await pages.GetAsync("/attention"), StringComparison.Ordinal);

        var nameless = await pages.PostAsync(page, action, ("Decision.Person", " "));
        var done = await pages.PostAsync(page, action, ("Decision.Person", "Dr. Ada"));

        Assert.Equal((HttpStatusCode.BadRequest, true), (nameless.Status, nameless.Text.Contains("Say who decides", StringComparison.Ordinal)));
        Assert.Equal((HttpStatusCode.Found, page), (done.Status, done.Location));
        Assert.Equal("complete", await postgres.ScalarAsync<string>($"select state from series where series_id = {lease.Series.SeriesId}"));
        Assert.Matches("<strong>taken up again</strong>\\s*<span class=\"quiet\">by Dr. Ada", await pages.GetAsync(page));
        Assert.DoesNotContain("Try series again", await pages.GetAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_who_comes_too_late_is_told_and_changes_nothing()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        ReceivedInstance instance = Rows.Instance();
        JobLease lease = await rows.LeaseAsync(instance);
        await pages.Get<JobLedger>().RefuseAsync(lease, "r", "d", "segment", default);
        string page = $"/studies/{instance.StudyInstanceUid}";
        string action = $"{page}?handler=reopen&series={lease.Series.SeriesId}";
        string token = await pages.TokenAsync(page);
        await pages.Get<JobLedger>().ReopenAsync(lease.Series.SeriesId, "other", default);

        var late = await pages.PostBareAsync(action, [("Decision.Person", "Ada"), ("__RequestVerificationToken", token)]);

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("Reopen is not legal there", late.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_series_of_another_study_cannot_be_reopened_through_this_one()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var rows = new Rows(pages.Services);
        ReceivedInstance mine = Rows.Instance();
        JobLease lease = await rows.LeaseAsync(mine);
        await pages.Get<JobLedger>().RefuseAsync(lease, "r", "d", "segment", default);
        JobLease other = await rows.LeaseAsync(Rows.Instance());
        await pages.Get<JobLedger>().RefuseAsync(other, "r", "d", "segment", default);
        string page = $"/studies/{mine.StudyInstanceUid}";

        var answer = await pages.PostAsync(page, $"{page}?handler=reopen&series={other.Series.SeriesId}", ("Decision.Person", "Ada"));

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("refused", await postgres.ScalarAsync<string>($"select state from series where series_id = {other.Series.SeriesId}"));
    }
}
