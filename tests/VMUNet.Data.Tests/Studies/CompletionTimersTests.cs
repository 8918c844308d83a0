using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Data.Tests.Studies;

public sealed class CompletionTimersTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static async Task<DueSeries?> DueAsync(IServiceProvider services, string uid) =>
        (await services.GetRequiredService<CompletionTimers>().DueAsync(100, default))
            .SingleOrDefault(s => s.SeriesInstanceUid == uid);

    [Fact]
    public async Task A_quiet_series_is_due_with_its_positions_and_completes()
    {
        await using var services = await postgres.ServicesAsync();
        var registry = services.GetRequiredService<StudyRegistry>();
        await registry.RecordAsync(Arrivals.Instance("2.1", "2.1.1", 1), default);
        await registry.RecordAsync(Arrivals.Instance("2.1", "2.1.1", 2), default);

        DueSeries due = (await DueAsync(services, "2.1.1"))!;
        bool isCompleted = await services.GetRequiredService<CompletionTimers>().CompleteAsync(due, "gap", default);

        Assert.True(isCompleted);
        Assert.Equal([1.0, 2.0], due.Instances.Select(i => i.ImagePosition![2]));
        Assert.Equal("complete gap", await postgres.ScalarAsync<string>(
            "select state || ' ' || warning from series where series_instance_uid = '2.1.1'"));
        Assert.Null(await DueAsync(services, "2.1.1"));
    }

    [Theory]
    [InlineData(1, null, "1 instance")]
    [InlineData(2, null, "2 instances")]
    [InlineData(1, "gap", "1 instance, gap")]
    public async Task The_event_of_completion_counts_the_instances(int count, string? warning, string expected)
    {
        await using var services = await postgres.ServicesAsync();
        string series = Processing.Flow.NewUid();
        for (int number = 1; number <= count; number++)
        {
            await services.GetRequiredService<StudyRegistry>().RecordAsync(Arrivals.Instance(series + ".9", series, number), default);
        }

        await services.GetRequiredService<CompletionTimers>().CompleteAsync((await DueAsync(services, series))!, warning, default);

        Assert.Equal(expected, await postgres.ScalarAsync<string>($"""
            select audit_event.detail from audit_event join series using (series_id)
            where series_instance_uid = '{series}' and kind = 'completed'
            """));
    }

    [Fact]
    public async Task A_series_is_not_due_before_its_quiet_period_nor_while_its_association_is_open()
    {
        await using var services = await postgres.ServicesAsync();
        var registry = services.GetRequiredService<StudyRegistry>();
        var log = services.GetRequiredService<AssociationLog>();
        long association = await log.OpenAsync("test", "A", "B", "peer", default);
        await registry.RecordAsync(Arrivals.Instance("2.2", "2.2.1", 1) with { AssociationId = association }, default);
        await registry.RecordAsync(
            Arrivals.Instance("2.2", "2.2.2", 1) with { QuietPeriod = TimeSpan.FromHours(1) }, default);

        Assert.Null(await DueAsync(services, "2.2.1"));
        await log.CloseAsync(association, AssociationOutcome.Aborted, TimeSpan.Zero, default);

        Assert.NotNull(await DueAsync(services, "2.2.1"));
        Assert.Null(await DueAsync(services, "2.2.2"));
    }

    [Theory]
    [InlineData("2.21.1", "first", "first")]
    [InlineData("2.21.2", "first", "other header")]
    public async Task A_series_that_is_sent_again_is_not_due_while_that_association_is_open(string series, string before, string again)
    {
        await using var services = await postgres.ServicesAsync();
        var registry = services.GetRequiredService<StudyRegistry>();
        var log = services.GetRequiredService<AssociationLog>();
        before += series;
        again += series;
        await registry.RecordAsync(Arrivals.Instance("2.21", series, 1, before, "same"), default);
        long association = await log.OpenAsync("test", "A", "B", "peer", default);

        await registry.RecordAsync(Arrivals.Instance("2.21", series, 1, again, "same") with { AssociationId = association }, default);

        Assert.Null(await DueAsync(services, series));
        await log.CloseAsync(association, AssociationOutcome.Released, TimeSpan.Zero, default);
        Assert.NotNull(await DueAsync(services, series));
    }

    [Fact]
    public async Task A_normal_release_shortens_the_quiet_period_and_a_restart_closes_left_overs()
    {
        await using var services = await postgres.ServicesAsync();
        var registry = services.GetRequiredService<StudyRegistry>();
        var log = services.GetRequiredService<AssociationLog>();
        long released = await log.OpenAsync("test", "A", "B", "peer", default);
        long lost = await log.OpenAsync("crashed", "A", "B", "peer", default);
        var slow = TimeSpan.FromHours(1);
        await registry.RecordAsync(Arrivals.Instance("2.3", "2.3.1", 1) with { AssociationId = released, QuietPeriod = slow }, default);
        await registry.RecordAsync(Arrivals.Instance("2.3", "2.3.2", 1) with { AssociationId = lost }, default);

        await log.CloseAsync(released, AssociationOutcome.Released, TimeSpan.Zero, default);
        int closed = await log.CloseLeftOversAsync("crashed", default);

        Assert.Equal(1, closed);
        Assert.NotNull(await DueAsync(services, "2.3.1"));
        Assert.NotNull(await DueAsync(services, "2.3.2"));
    }

    [Fact]
    public async Task An_instance_that_arrives_while_the_series_is_judged_wins()
    {
        await using var services = await postgres.ServicesAsync();
        var registry = services.GetRequiredService<StudyRegistry>();
        var timers = services.GetRequiredService<CompletionTimers>();
        await registry.RecordAsync(Arrivals.Instance("2.4", "2.4.1", 1), default);
        DueSeries judged = (await DueAsync(services, "2.4.1"))!;
        await registry.RecordAsync(Arrivals.Instance("2.4", "2.4.1", 2), default);

        Assert.False(await timers.CompleteAsync(judged, null, default));
        Assert.True(await timers.CompleteAsync((await DueAsync(services, "2.4.1"))!, null, default));
    }

    [Fact]
    public async Task A_late_instance_opens_the_next_revision()
    {
        await using var services = await postgres.ServicesAsync();
        var registry = services.GetRequiredService<StudyRegistry>();
        await registry.RecordAsync(Arrivals.Instance("2.5", "2.5.1", 1), default);
        await services.GetRequiredService<CompletionTimers>().CompleteAsync((await DueAsync(services, "2.5.1"))!, null, default);

        RecordOutcome late = await registry.RecordAsync(Arrivals.Instance("2.5", "2.5.1", 2), default);

        Assert.True(Assert.IsType<RecordOutcome.Stored>(late).IsLate);
        Assert.Equal("receiving 2", await postgres.ScalarAsync<string>(
            "select state || ' ' || revision from series where series_instance_uid = '2.5.1'"));
    }
}
