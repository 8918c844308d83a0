using Npgsql;
using NpgsqlTypes;

namespace VMUNet.Data.Studies;

/// <summary>
/// The common case in one round trip: new instances of a series that is being received. Its statements change nothing, or
/// fewer rows than expected, in every other case; the caller then rolls back and looks at each instance by itself.
/// </summary>
internal static class ArrivalBatch
{
    // Locks in the order of StudyRegistry's single path: study, series, instances.
    private const string TouchStudy = """
        update study set last_instance_at = $3 where study_instance_uid = $1 and patient_key = $2 returning study_id
        """;

    private const string TouchSeries = """
        update series set instance_count = instance_count + $3, last_instance_at = $4, due_at = $5, detail = null,
            is_batch = is_batch and $6
        where series_instance_uid = $1 and state = 'receiving'
            and study_id = (select study_id from study where study_instance_uid = $2)
        returning series_id
        """;

    private const string Insert = """
        insert into instance (series_id, sop_instance_uid, sop_class_uid, transfer_syntax_uid, path, byte_count,
            file_sha256, pixel_sha256, instance_number, image_position, image_orientation, rows, columns,
            number_of_frames, received_at)
        select series_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
        from series where series_instance_uid = $1
        on conflict (sop_instance_uid) do nothing returning instance_id
        """;

    private const string Join = """
        insert into association_series select $1, series_id from series where series_instance_uid = $2
        on conflict do nothing returning series_id
        """;

    /// <summary>True when the instances are of one series of one study and no UID comes twice.</summary>
    public static bool Fits(IReadOnlyList<ReceivedInstance> instances) =>
        instances.All(i => i.SeriesInstanceUid == instances[0].SeriesInstanceUid
            && i.StudyInstanceUid == instances[0].StudyInstanceUid
            && i.IssuerOfPatientId == instances[0].IssuerOfPatientId
            && i.PatientId == instances[0].PatientId)
        && instances.DistinctBy(i => i.SopInstanceUid).Count() == instances.Count;

    /// <summary>Records instances that <see cref="Fits"/> accepts, within the caller's transaction.</summary>
    /// <returns>Their outcomes, or null when one is not the common case: then the transaction must be rolled back.</returns>
    public static List<RecordOutcome>? Record(NpgsqlConnection connection,
        IReadOnlyList<ReceivedInstance> instances, string patientKey, DateTimeOffset now)
    {
        ReceivedInstance last = instances[^1];
        using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(TouchStudy, Text(last.StudyInstanceUid), Text(patientKey), At(now)));
        batch.BatchCommands.Add(Command(TouchSeries, Text(last.SeriesInstanceUid), Text(last.StudyInstanceUid),
            Value(NpgsqlDbType.Integer, instances.Count), At(now), At(now + last.QuietPeriod),
            Value(NpgsqlDbType.Boolean, instances.All(i => i.IsBatch))));
        // One order of UIDs for all, so that two groups never wait for each other's instances.
        int[] order = [.. Enumerable.Range(0, instances.Count).OrderBy(i => instances[i].SopInstanceUid, StringComparer.Ordinal)];
        foreach (int i in order)
        {
            batch.BatchCommands.Add(InsertOf(instances[i], now));
        }
        foreach (long association in instances.Select(i => i.AssociationId).OfType<long>().Distinct().Order())
        {
            batch.BatchCommands.Add(
                Command(Join, Value(NpgsqlDbType.Bigint, association), Text(last.SeriesInstanceUid)));
        }
        batch.Prepare();
        return Read(batch, order);
    }

    private static List<RecordOutcome>? Read(NpgsqlBatch batch, int[] order)
    {
        using NpgsqlDataReader reader = batch.ExecuteReader();
        if (NextId(reader) is null || NextId(reader) is not { } seriesId)
        {
            return null;
        }
        var outcomes = new RecordOutcome[order.Length];
        foreach (int i in order)
        {
            if (NextId(reader) is not { } instanceId)
            {
                return null;
            }
            outcomes[i] = new RecordOutcome.Stored(instanceId, seriesId, IsLate: false);
        }
        while (reader.NextResult())
        {
            continue; // a failure of a later statement is raised here
        }
        return [.. outcomes];
    }

    private static long? NextId(NpgsqlDataReader reader)
    {
        long? id = reader.Read() ? reader.GetInt64(0) : null;
        reader.NextResult();
        return id;
    }

    private static NpgsqlBatchCommand InsertOf(ReceivedInstance i, DateTimeOffset now) => Command(Insert,
        Text(i.SeriesInstanceUid), Text(i.SopInstanceUid), Text(i.SopClassUid), Text(i.TransferSyntaxUid), Text(i.Path),
        Value(NpgsqlDbType.Bigint, i.ByteCount), Text(i.FileSha256), Text(i.PixelSha256),
        Value(NpgsqlDbType.Integer, i.InstanceNumber), Value(NpgsqlDbType.Array | NpgsqlDbType.Double, i.ImagePosition),
        Value(NpgsqlDbType.Array | NpgsqlDbType.Double, i.ImageOrientation), Value(NpgsqlDbType.Integer, i.Rows),
        Value(NpgsqlDbType.Integer, i.Columns), Value(NpgsqlDbType.Integer, i.NumberOfFrames), At(now));

    private static NpgsqlBatchCommand Command(string sql, params NpgsqlParameter[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(values);
        return command;
    }

    private static NpgsqlParameter Text(string? value) => Value(NpgsqlDbType.Text, value);

    private static NpgsqlParameter At(DateTimeOffset value) => Value(NpgsqlDbType.TimestampTz, value);

    private static NpgsqlParameter Value(NpgsqlDbType type, object? value) =>
        new() { NpgsqlDbType = type, Value = value ?? DBNull.Value };
}
