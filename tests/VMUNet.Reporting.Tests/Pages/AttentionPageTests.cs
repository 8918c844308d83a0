using System.Net;
using VMUNet.Data.Network;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Reporting.Tests.Pages;

/// <summary>What a person settles on the page of things that wait.</summary>
public sealed class AttentionPageTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("allow", CallerState.Allowed)]
    [InlineData("deny", CallerState.Denied)]
    public async Task A_caller_that_was_turned_away_is_decided_on_by_one_button_in_the_name_of_a_person(string handler, CallerState state)
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        var title = $"CT@{handler.ToUpperInvariant()}";
        await TurnAwayAsync(pages, title, "10.0.0.7");

        Assert.Contains($"key={Uri.EscapeDataString(title + "@10.0.0.7")}", await pages.GetAsync("/attention"), StringComparison.Ordinal);
        var answer = await pages.PostAsync(
            "/attention", $"/attention?handler={handler}&key={Uri.EscapeDataString(title + "@10.0.0.7")}", ("Decision.Person", "Ada"));

        Assert.Equal((HttpStatusCode.Found, "/attention"), (answer.Status, answer.Location));
        var row = Assert.Single(await pages.Get<CallerBook>().ListAsync(default), c => c.AeTitle == title);
        Assert.Equal((state, "10.0.0.7", "Ada"), (row.State, row.Binding, row.DecidedBy));
        Assert.DoesNotContain(title, await pages.GetAsync("/attention"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_never_called_cannot_be_let_in_and_nobody_decides_without_a_name()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        await TurnAwayAsync(pages, "CT9", "10.0.0.9");

        var invented = await pages.PostAsync("/attention", "/attention?handler=allow&key=EVIL%4010.0.0.9", ("Decision.Person", "Ada"));
        var nameless = await pages.PostAsync("/attention", "/attention?handler=allow&key=CT9%4010.0.0.9", ("Decision.Person", ""));

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.BadRequest), (invented.Status, nameless.Status));
        Assert.DoesNotContain(await pages.Get<CallerBook>().ListAsync(default), c => c.State == CallerState.Allowed && c.AeTitle is "EVIL" or "CT9" && c.DecidedBy is not null);
    }

    [Fact]
    public async Task A_quarantined_object_is_settled_with_a_reason_and_its_row_stays()
    {
        await using PagesHarness pages = await PagesHarness.StartAsync(postgres);
        ReceivedInstance first = Rows.Instance();
        await pages.Get<StudyRegistry>().RecordAsync(first, default);
        await pages.Get<StudyRegistry>().RecordAsync(
            first with { Path = "spool/other.dcm", FileSha256 = Rows.Hash("other"), PixelSha256 = Rows.Hash("other pixels") }, default);
        long number = (await pages.Get<QuarantineDesk>().ListAsync(false, 50, default)).Single(q => q.SopInstanceUid == first.SopInstanceUid).QuarantineId;

        var answer = await pages.PostAsync("/attention", $"/attention?handler=settle&key={number}", ("Decision.Person", "Ada"), ("Decision.Reason", "sent twice"));
        var again = await pages.PostBareAsync($"/attention?handler=settle&key={number}", [("Decision.Person", "Ada")]);

        Assert.Equal((HttpStatusCode.Found, "/attention"), (answer.Status, answer.Location));
        Assert.Equal(HttpStatusCode.BadRequest, again.Status); // without the token of the form
        Assert.NotNull((await pages.Get<QuarantineDesk>().ListAsync(true, 50, default)).Single(q => q.QuarantineId == number).SettledAt);
        Assert.DoesNotContain(first.SopInstanceUid, await pages.GetAsync("/attention"), StringComparison.Ordinal);
    }

    private static Task TurnAwayAsync(PagesHarness pages, string title, string address) => pages.Get<CallerBook>().RecordRejectedAsync(
        [new RejectedCaller(title, address, "VMUNET", null, "it is not on the list", 1, TimeProvider.System.GetUtcNow())], default);
}
