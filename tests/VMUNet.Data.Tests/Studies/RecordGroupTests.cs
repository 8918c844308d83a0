using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Data.Tests.Studies;

/// <summary>Instances that wait at the same time: one transaction where all are ordinary, each for itself where one is not.</summary>
public sealed class RecordGroupTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Those_who_wait_are_recorded_in_one_transaction_and_answered_after_its_commit()
    {
        RecordOutcome[] outcomes = await RecordWhileHeldAsync("3.1", Numbered("3.1", 10));

        Assert.All(outcomes, o => Assert.IsType<RecordOutcome.Stored>(o));
        Assert.Equal(outcomes.Length, outcomes.Cast<RecordOutcome.Stored>().Select(o => o.InstanceId).Distinct().Count());
        // The first one, which made the series; the one that found nobody before it; those who waited for that one.
        Assert.Equal(3L, await postgres.ScalarAsync<long>("""
            select count(distinct i.xmin::text) from instance i join series using (series_id) where series_instance_uid = '3.1.1'
            """));
        Assert.Equal(11, await CountAsync("3.1.1"));
    }

    [Fact]
    public async Task Every_outcome_names_its_own_instance()
    {
        List<ReceivedInstance> instances = Numbered("3.2", 12);

        RecordOutcome[] outcomes = await RecordWhileHeldAsync("3.2", instances);

        for (int i = 0; i < instances.Count; i++)
        {
            long id = Assert.IsType<RecordOutcome.Stored>(outcomes[i]).InstanceId;
            Assert.Equal(instances[i].SopInstanceUid, await postgres.ScalarAsync<string>(
                $"select sop_instance_uid from instance where instance_id = {id}"));
        }
    }

    [Fact]
    public async Task One_that_the_database_refuses_does_not_fail_the_others_of_its_group()
    {
        List<ReceivedInstance> instances = Numbered("3.3", 6);
        instances[3] = instances[3] with { PixelSha256 = "no hash" };

        Task<RecordOutcome>[] tasks = await StartWhileHeldAsync("3.3", instances);

        await Assert.ThrowsAsync<PostgresException>(() => tasks[3]);
        Assert.All(tasks.Where((_, i) => i != 3), t => Assert.IsType<RecordOutcome.Stored>(t.GetAwaiter().GetResult()));
        Assert.Equal(6, await CountAsync("3.3.1"));
    }

    [Fact]
    public async Task A_conflict_and_a_duplicate_in_a_group_keep_their_outcomes_and_the_others_are_stored()
    {
        List<ReceivedInstance> instances = Numbered("3.4", 6);
        instances[2] = Arrivals.Instance("3.4", "3.4.1", 1, "other", "other");
        instances[3] = Arrivals.Instance("3.4", "3.4.1", 1);
        instances[4] = instances[5];

        RecordOutcome[] outcomes = await RecordWhileHeldAsync("3.4", instances);

        Assert.IsType<RecordOutcome.PixelConflict>(outcomes[2]);
        Assert.IsType<RecordOutcome.Duplicate>(outcomes[3]);
        Assert.Single(outcomes[4..6].OfType<RecordOutcome.Duplicate>());
        Assert.Equal(3, outcomes.OfType<RecordOutcome.Stored>().Count());
        Assert.Equal(4, await CountAsync("3.4.1"));
        Assert.Equal(1L, await postgres.ScalarAsync<long>(
            "select count(*) from quarantine where sop_instance_uid = '3.4.1.1'"));
    }

    [Fact]
    public async Task Two_patients_in_a_group_are_noticed()
    {
        List<ReceivedInstance> instances = Numbered("3.5", 4);
        instances[2] = instances[2] with { PatientId = "P2" };

        RecordOutcome[] outcomes = await RecordWhileHeldAsync("3.5", instances);

        Assert.All(outcomes, o => Assert.IsType<RecordOutcome.Stored>(o));
        Assert.True(await postgres.ScalarAsync<bool>(
            "select has_identity_conflict from study where study_instance_uid = '3.5'"));
    }

    [Fact]
    public async Task A_group_that_comes_after_completion_begins_one_new_revision()
    {
        await RecordAsync(Arrivals.Instance("3.6", "3.6.1", 1));
        await postgres.ExecuteAsync("""
            update series set state = 'complete', completed_at = now() where series_instance_uid = '3.6.1'
            """);

        RecordOutcome[] outcomes = await RecordWhileHeldAsync("3.6", Numbered("3.6", 5));

        Assert.Single(outcomes, o => ((RecordOutcome.Stored)o).IsLate);
        Assert.Equal(2, await postgres.ScalarAsync<int>("select revision from series where series_instance_uid = '3.6.1'"));
        Assert.Equal(6, await CountAsync("3.6.1"));
    }

    [Fact]
    public async Task A_series_that_must_wait_holds_up_no_other_one()
    {
        await RecordAsync(Arrivals.Instance("3.7", "3.7.1", 1));
        await using NpgsqlConnection holder = await HoldAsync("3.7");
        Task<RecordOutcome> held = RecordAsync(Arrivals.Instance("3.7", "3.7.1", 2));

        Assert.IsType<RecordOutcome.Stored>(await RecordAsync(Arrivals.Instance("3.8", "3.8.1", 1)));

        Assert.False(held.IsCompleted);
        await ReleaseAsync(holder);
        Assert.IsType<RecordOutcome.Stored>(await held);
    }

    [Fact]
    public async Task More_than_one_transaction_may_hold_are_recorded_in_several()
    {
        RecordOutcome[] outcomes = await RecordWhileHeldAsync("3.9", Numbered("3.9", 2 * RecordLanes.MostTogether));

        Assert.All(outcomes, o => Assert.IsType<RecordOutcome.Stored>(o));
        Assert.Equal(1L + 1 + 2, await postgres.ScalarAsync<long>("""
            select count(distinct i.xmin::text) from instance i join series using (series_id) where series_instance_uid = '3.9.1'
            """));
    }

    [Fact]
    public async Task Every_association_of_a_group_is_remembered_with_the_series()
    {
        var log = (await postgres.ServicesAsync()).GetRequiredService<AssociationLog>();
        long first = await log.OpenAsync("HERE", "SENDER", "VMUNET", "127.0.0.1", default);
        long second = await log.OpenAsync("HERE", "SENDER", "VMUNET", "127.0.0.1", default);
        List<ReceivedInstance> instances = Numbered("3.10", 5);

        await RecordWhileHeldAsync("3.10", [.. instances.Select((i, n) => i with { AssociationId = n % 2 == 0 ? first : second })]);

        Assert.Equal($"{first},{second}", await postgres.ScalarAsync<string>("""
            select string_agg(association_id::text, ',' order by association_id)
            from association_series join series using (series_id) where series_instance_uid = '3.10.1'
            """));
    }

    [Fact]
    public async Task A_group_that_waited_for_another_writer_counts_on_from_what_that_one_wrote()
    {
        await RecordAsync(Arrivals.Instance("3.11", "3.11.1", 1));
        await using NpgsqlConnection holder = await HoldAsync("3.11");
        await using (var write = new NpgsqlCommand("""
            update study set last_instance_at = last_instance_at + interval '1 hour' where study_instance_uid = '3.11';
            update series set instance_count = 100 where series_instance_uid = '3.11.1'
            """, holder))
        {
            await write.ExecuteNonQueryAsync();
        }
        StudyRegistry registry = (await postgres.ServicesAsync()).GetRequiredService<StudyRegistry>();
        Task<RecordOutcome>[] tasks = [.. Numbered("3.11", 4).Select(i => registry.RecordAsync(i, default))];

        await using (var commit = new NpgsqlCommand("commit", holder))
        {
            await commit.ExecuteNonQueryAsync();
        }

        Assert.All(await Task.WhenAll(tasks), o => Assert.IsType<RecordOutcome.Stored>(o));
        Assert.Equal(104, await CountAsync("3.11.1"));
        Assert.Equal(1L + 1 + 1, await postgres.ScalarAsync<long>("""
            select count(distinct i.xmin::text) from instance i join series using (series_id) where series_instance_uid = '3.11.1'
            """));
    }

    [Fact]
    public async Task Numbers_of_a_slice_are_the_same_bit_for_bit_in_its_row()
    {
        double[] position = [-0.1, 1e-300, 123456.789012345678];
        await RecordAsync(Arrivals.Instance("3.12", "3.12.1", 1));

        await RecordAsync(Arrivals.Instance("3.12", "3.12.1", 2) with { ImagePosition = position, ImageOrientation = null });

        Assert.Equal(position, await postgres.ScalarAsync<double[]>(
            "select image_position from instance where sop_instance_uid = '3.12.1.2' and image_orientation is null"));
    }

    private async Task<RecordOutcome[]> RecordWhileHeldAsync(string study, IReadOnlyList<ReceivedInstance> instances) =>
        await Task.WhenAll(await StartWhileHeldAsync(study, instances));

    /// <summary>Makes the series, holds its study's row until all wait, and returns when all are answered.</summary>
    private async Task<Task<RecordOutcome>[]> StartWhileHeldAsync(string study, IReadOnlyList<ReceivedInstance> instances)
    {
        await RecordAsync(Arrivals.Instance(study, study + ".1", 1));
        StudyRegistry registry = (await postgres.ServicesAsync()).GetRequiredService<StudyRegistry>();
        await using NpgsqlConnection holder = await HoldAsync(study);
        Task<RecordOutcome>[] tasks = [.. instances.Select(i => registry.RecordAsync(i, default))];
        Assert.DoesNotContain(tasks, t => t.IsCompleted);
        await ReleaseAsync(holder);
        await Task.WhenAll(tasks).ContinueWith(_ => { }, TaskScheduler.Default);
        return tasks;
    }

    private async Task<NpgsqlConnection> HoldAsync(string study)
    {
        var holder = new NpgsqlConnection(await postgres.StartAsync());
        await holder.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"begin; select from study where study_instance_uid = '{study}' for update", holder);
        await command.ExecuteNonQueryAsync();
        return holder;
    }

    private static async Task ReleaseAsync(NpgsqlConnection holder)
    {
        await using var command = new NpgsqlCommand("rollback", holder);
        await command.ExecuteNonQueryAsync();
    }

    private static List<ReceivedInstance> Numbered(string study, int count) =>
        [.. Enumerable.Range(2, count).Select(n => Arrivals.Instance(study, study + ".1", n))];

    private async Task<RecordOutcome> RecordAsync(ReceivedInstance instance) =>
        await (await postgres.ServicesAsync()).GetRequiredService<StudyRegistry>().RecordAsync(instance, default);

    private Task<int> CountAsync(string series) => postgres.ScalarAsync<int>(
        $"select instance_count from series where series_instance_uid = '{series}'");
}
