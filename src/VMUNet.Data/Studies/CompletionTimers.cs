using VMUNet.Data.Schema;

namespace VMUNet.Data.Studies;

/// <summary>What completion looks at in one instance. Positions are LPS millimetres.</summary>
public sealed record DueInstance(
    string SopInstanceUid, double[]? ImagePosition, double[]? ImageOrientation, int? InstanceNumber, int? NumberOfFrames);

/// <summary>A receiving series that has been quiet, with no open association that has stored to it.</summary>
public sealed record DueSeries(
    long SeriesId, string SeriesInstanceUid, string Modality, string SopClassUid, int Revision, int InstanceCount,
    DateTimeOffset FirstInstanceAt, DateTimeOffset LastInstanceAt, IReadOnlyList<DueInstance> Instances);

/// <summary>
/// The completion timers. They are rows, so a restart loses nothing; every write presents the instance count that was
/// judged, so an instance that arrives meanwhile wins and the series is judged again later.
/// </summary>
public sealed class CompletionTimers
{
    private const string Actor = "completion";
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal CompletionTimers(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Series whose timer has run out, oldest first.</summary>
    public Task<IReadOnlyList<DueSeries>> DueAsync(int limit, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<DueSeries>>(async c =>
        {
            List<DueSeries> due = await c.QueryAsync("""
                select s.series_id, s.series_instance_uid, s.modality, s.sop_class_uid, s.revision, s.instance_count,
                    s.first_instance_at, s.last_instance_at
                from series s where s.state = 'receiving' and s.due_at <= $1
                    and not exists (select from association_series x join association a using (association_id)
                        where x.series_id = s.series_id and a.outcome = 'open')
                order by s.due_at limit $2
                """, r => new DueSeries(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt32(4),
                    r.GetInt32(5), r.GetFieldValue<DateTimeOffset>(6), r.GetFieldValue<DateTimeOffset>(7), []), ct,
                _time.GetUtcNow(), limit);
            for (int i = 0; i < due.Count; i++)
            {
                due[i] = due[i] with
                {
                    Instances = await c.QueryAsync("""
                        select sop_instance_uid, image_position, image_orientation, instance_number, number_of_frames
                        from instance where series_id = $1 order by instance_id
                        """, r => new DueInstance(r.GetString(0), r.IsDBNull(1) ? null : r.GetFieldValue<double[]>(1),
                            r.IsDBNull(2) ? null : r.GetFieldValue<double[]>(2), r.Nullable<int>(3),
                            r.Nullable<int>(4)), ct, due[i].SeriesId),
                };
            }
            return due;
        }, ct);

    /// <summary>Receiving -> Complete, with a visible warning (such as "gap") where the cap decided. False: it changed
    /// meanwhile and stays.</summary>
    public Task<bool> CompleteAsync(DueSeries series, string? warning, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            await SeriesMoves.LockAsync(c, series.SeriesId, ct);
            int unchanged = await c.ExecuteAsync("""
                update series set warning = $3
                where series_id = $1 and state = 'receiving' and instance_count = $2
                """, ct, series.SeriesId, series.InstanceCount, warning);
            if (unchanged == 0)
            {
                return false;
            }
            await SeriesMoves.MoveAsync(c, series.SeriesId, SeriesEvent.Completed, Actor, _time.GetUtcNow(), null,
                (series.InstanceCount == 1 ? "1 instance" : $"{series.InstanceCount} instances")
                + (warning is null ? "" : $", {warning}"), ct);
            return true;
        }, ct);

    /// <summary>Looks again at <paramref name="dueAt"/>; <paramref name="waitingFor"/> is shown on the series meanwhile.</summary>
    public Task PostponeAsync(DueSeries series, DateTimeOffset dueAt, string waitingFor, CancellationToken ct) =>
        _database.TransactAsync(c => c.ExecuteAsync("""
            update series set due_at = $3, detail = $4
            where series_id = $1 and state = 'receiving' and instance_count = $2
            """, ct, series.SeriesId, series.InstanceCount, dueAt.ToUniversalTime(), waitingFor), ct);
}
