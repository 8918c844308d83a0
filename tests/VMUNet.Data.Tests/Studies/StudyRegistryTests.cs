using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Data.Tests.Studies;

public sealed class StudyRegistryTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private async Task<RecordOutcome> RecordAsync(ReceivedInstance instance) =>
        await (await postgres.ServicesAsync()).GetRequiredService<StudyRegistry>().RecordAsync(instance, default);

    [Fact]
    public async Task A_new_instance_makes_study_series_and_instance()
    {
        RecordOutcome outcome = await RecordAsync(Arrivals.Instance("1.1", "1.1.1", 1));

        var stored = Assert.IsType<RecordOutcome.Stored>(outcome);
        Assert.False(stored.IsLate);
        Assert.Equal("receiving", await postgres.ScalarAsync<string>(
            $"select state from series where series_id = {stored.SeriesId}"));
        Assert.Equal(1, await postgres.ScalarAsync<int>(
            $"select instance_count from series where series_id = {stored.SeriesId}"));
    }

    [Fact]
    public async Task A_series_is_received_once_however_many_instances_follow()
    {
        await RecordAsync(Arrivals.Instance("1.20", "1.20.1", 1));
        await RecordAsync(Arrivals.Instance("1.20", "1.20.1", 2));

        Assert.Equal("SENDER", await postgres.ScalarAsync<string>("""
            select string_agg(actor, ',') from audit_event join series using (series_id)
            where series_instance_uid = '1.20.1' and kind = 'received' and audit_event.study_id = series.study_id
            """));
    }

    [Fact]
    public async Task An_equal_duplicate_changes_nothing()
    {
        await RecordAsync(Arrivals.Instance("1.2", "1.2.1", 1));
        string before = (await RowsAsync())!;

        RecordOutcome again = await RecordAsync(Arrivals.Instance("1.2", "1.2.1", 1));

        Assert.IsType<RecordOutcome.Duplicate>(again);
        Assert.Equal(before, await RowsAsync());

        Task<string?> RowsAsync() => postgres.ScalarAsync<string>("""
            select string_agg(to_jsonb(s)::text, '' order by series_id) || (select count(*) from audit_event)
            from series s where series_instance_uid = '1.2.1'
            """);
    }

    [Fact]
    public async Task The_same_pixels_under_another_header_become_a_revision_and_either_may_come_again()
    {
        await RecordAsync(Arrivals.Instance("1.3", "1.3.1", 1, "first", "same"));

        RecordOutcome second = await RecordAsync(Arrivals.Instance("1.3", "1.3.1", 1, "second", "same"));
        RecordOutcome third = await RecordAsync(Arrivals.Instance("1.3", "1.3.1", 1, "first", "same"));

        Assert.Equal(2, Assert.IsType<RecordOutcome.HeaderRevision>(second).Revision);
        Assert.IsType<RecordOutcome.Duplicate>(third);
        Assert.Equal(Arrivals.Hash("second"), await postgres.ScalarAsync<string>(
            "select file_sha256 from instance where sop_instance_uid = '1.3.1.1'"));
        Assert.Equal(1, await postgres.ScalarAsync<int>(
            "select instance_count from series where series_instance_uid = '1.3.1'"));
    }

    [Fact]
    public async Task A_header_revision_of_another_patient_is_an_identity_conflict_of_its_study()
    {
        await RecordAsync(Arrivals.Instance("1.31", "1.31.1", 1, "first", "pixels"));

        RecordOutcome second = await RecordAsync(
            Arrivals.Instance("1.31", "1.31.1", 1, "second", "pixels") with { PatientId = "P2" });

        Assert.IsType<RecordOutcome.HeaderRevision>(second);
        Assert.True(await postgres.ScalarAsync<bool>(
            "select has_identity_conflict from study where study_instance_uid = '1.31'"));
    }

    [Fact]
    public async Task Other_pixels_under_a_known_uid_are_kept_aside_once_and_the_first_stays()
    {
        await RecordAsync(Arrivals.Instance("1.4", "1.4.1", 1, "a", "a"));

        await RecordAsync(Arrivals.Instance("1.4", "1.4.1", 1, "b", "b"));
        RecordOutcome again = await RecordAsync(Arrivals.Instance("1.4", "1.4.1", 1, "b", "b"));

        Assert.IsType<RecordOutcome.PixelConflict>(again);
        Assert.Equal(1L, await postgres.ScalarAsync<long>(
            "select count(*) from quarantine where sop_instance_uid = '1.4.1.1' and reason = 'pixel_conflict'"));
        Assert.Equal(Arrivals.Hash("a"), await postgres.ScalarAsync<string>(
            "select file_sha256 from instance where sop_instance_uid = '1.4.1.1'"));
    }

    [Fact]
    public async Task A_series_under_two_studies_is_an_identity_conflict_and_makes_no_study()
    {
        await RecordAsync(Arrivals.Instance("1.5", "1.5.1", 1));

        RecordOutcome outcome = await RecordAsync(Arrivals.Instance("1.5.9", "1.5.1", 2));

        Assert.IsType<RecordOutcome.IdentityConflict>(outcome);
        Assert.Equal(0L, await postgres.ScalarAsync<long>("select count(*) from study where study_instance_uid = '1.5.9'"));
    }

    [Fact]
    public async Task Two_patients_in_one_study_are_noticed_once()
    {
        await RecordAsync(Arrivals.Instance("1.6", "1.6.1", 1));

        await RecordAsync(Arrivals.Instance("1.6", "1.6.1", 2) with { PatientId = "P2" });
        await RecordAsync(Arrivals.Instance("1.6", "1.6.1", 3) with { PatientId = "P2" });

        Assert.True(await postgres.ScalarAsync<bool>(
            "select has_identity_conflict from study where study_instance_uid = '1.6'"));
        Assert.Equal(1L, await postgres.ScalarAsync<long>("""
            select count(*) from audit_event join study using (study_id)
            where study_instance_uid = '1.6' and kind = 'identity_conflict'
            """));
    }

    [Fact]
    public async Task Many_associations_at_once_record_each_instance_once()
    {
        var registry = (await postgres.ServicesAsync()).GetRequiredService<StudyRegistry>();
        var instances = Enumerable.Range(1, 60).Select(i => Arrivals.Instance("1.7", "1.7.1", i % 30)).ToList();

        RecordOutcome[] outcomes = await Task.WhenAll(instances.Select(i => registry.RecordAsync(i, default)));

        Assert.Equal(30, outcomes.OfType<RecordOutcome.Stored>().Count());
        Assert.Equal(30, outcomes.OfType<RecordOutcome.Duplicate>().Count());
        Assert.Equal(30, await postgres.ScalarAsync<int>(
            "select instance_count from series where series_instance_uid = '1.7.1'"));
    }

    [Fact]
    public async Task No_row_holds_the_patients_identity()
    {
        await RecordAsync(Arrivals.Instance("1.8", "1.8.1", 1) with { PatientId = "SECRETPATIENT" });

        Assert.Equal(0L, await postgres.ScalarAsync<long>("""
            select count(*) from study where to_jsonb(study)::text like '%SECRETPATIENT%'
            """));
    }
}
