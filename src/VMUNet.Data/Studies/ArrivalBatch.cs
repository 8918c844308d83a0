using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace VMUNet.Data.Studies;

/// <summary>
/// The common case in one round trip and one transaction: new instances of a series that is being received. Whatever else an
/// instance may be, it is left out, and the caller looks at it by itself.
/// </summary>
internal static class ArrivalBatch
{
    // In the order of StudyRegistry's single path: study, series, instances. A statement of its own, so that the next one sees
    // the rows as they are once they are ours.
    private const string Lock = """
        select s.series_id from study t join series s using (study_id)
        where t.study_instance_uid = $1 and t.patient_key = $2 and s.series_instance_uid = $3 and s.state = 'receiving'
        for no key update of t, s
        """;

    private const string Arrive = """
        with arrived as (
            insert into instance (series_id, sop_instance_uid, sop_class_uid, transfer_syntax_uid, path, byte_count,
                file_sha256, pixel_sha256, instance_number, image_position, image_orientation, rows, columns,
                number_of_frames, received_at)
            select s.series_id, u.sop_instance_uid, u.sop_class_uid, u.transfer_syntax_uid, u.path, u.byte_count,
                u.file_sha256, u.pixel_sha256, u.instance_number, u.image_position::double precision[],
                u.image_orientation::double precision[], u.rows, u.columns, u.number_of_frames, $4
            from study t join series s using (study_id),
                unnest($8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::text[], $14::text[],
                    $15::integer[], $16::text[], $17::text[], $18::integer[], $19::integer[], $20::integer[])
                    as u (sop_instance_uid, sop_class_uid, transfer_syntax_uid, path, byte_count, file_sha256, pixel_sha256,
                    instance_number, image_position, image_orientation, rows, columns, number_of_frames)
            where t.study_instance_uid = $1 and t.patient_key = $2 and s.series_instance_uid = $3 and s.state = 'receiving'
            on conflict (sop_instance_uid) do nothing
            returning sop_instance_uid, instance_id, series_id),
        touched as (
            update study set last_instance_at = $4 where study_instance_uid = $1 and exists (select from arrived)),
        counted as (
            update series set instance_count = instance_count + (select count(*) from arrived)::integer,
                last_instance_at = $4, due_at = $5, detail = null, is_batch = is_batch and $6
            where series_instance_uid = $3 and exists (select from arrived)),
        joined as (
            insert into association_series
            select a, s.series_id from unnest($7::bigint[]) as a, (select distinct series_id from arrived) as s
            on conflict do nothing)
        select sop_instance_uid, instance_id, series_id from arrived
        """;

    /// <summary>True when the instances are of one series of one study and no UID comes twice.</summary>
    public static bool Fits(IReadOnlyList<ReceivedInstance> instances) =>
        instances.All(i => i.SeriesInstanceUid == instances[0].SeriesInstanceUid
            && i.StudyInstanceUid == instances[0].StudyInstanceUid
            && i.IssuerOfPatientId == instances[0].IssuerOfPatientId
            && i.PatientId == instances[0].PatientId)
        && instances.DistinctBy(i => i.SopInstanceUid).Count() == instances.Count;

    /// <summary>Records instances that <see cref="Fits"/> accepts; when it returns, their rows are committed.</summary>
    /// <returns>By SOP instance UID, those that were recorded; the others changed nothing.</returns>
    public static Dictionary<string, RecordOutcome> Record(NpgsqlConnection connection,
        IReadOnlyList<ReceivedInstance> instances, string patientKey, DateTimeOffset now)
    {
        // Two statements up to one synchronisation are one transaction, committed when the last answer is read.
        using var batch = new NpgsqlBatch(connection);
        NpgsqlParameter[] series =
            [Text(instances[0].StudyInstanceUid), Text(patientKey), Text(instances[0].SeriesInstanceUid)];
        batch.BatchCommands.Add(Command(Lock, series));
        // One order of UIDs for all, so that two groups never wait for each other's instances.
        batch.BatchCommands.Add(Command(Arrive, [.. series.Select(p => p.Clone()),
            .. ValuesOf([.. instances.OrderBy(i => i.SopInstanceUid, StringComparer.Ordinal)], instances[^1].QuietPeriod, now)]));
        batch.Prepare();
        using NpgsqlDataReader reader = batch.ExecuteReader();
        reader.NextResult();
        var recorded = new Dictionary<string, RecordOutcome>();
        while (reader.Read())
        {
            recorded.Add(reader.GetString(0), new RecordOutcome.Stored(reader.GetInt64(1), reader.GetInt64(2), IsLate: false));
        }
        reader.NextResult(); // past the commit: its failure is raised here
        return recorded;
    }

    private static IEnumerable<NpgsqlParameter> ValuesOf(ReceivedInstance[] all, TimeSpan quiet, DateTimeOffset now) =>
    [
        Value(NpgsqlDbType.TimestampTz, now),
        Value(NpgsqlDbType.TimestampTz, now + quiet),
        Value(NpgsqlDbType.Boolean, all.All(i => i.IsBatch)),
        Each(NpgsqlDbType.Bigint, all.Select(i => i.AssociationId).OfType<long>().Distinct().Order()),
        Each(NpgsqlDbType.Text, all.Select(i => i.SopInstanceUid)),
        Each(NpgsqlDbType.Text, all.Select(i => i.SopClassUid)),
        Each(NpgsqlDbType.Text, all.Select(i => i.TransferSyntaxUid)),
        Each(NpgsqlDbType.Text, all.Select(i => i.Path)),
        Each(NpgsqlDbType.Bigint, all.Select(i => i.ByteCount)),
        Each(NpgsqlDbType.Text, all.Select(i => i.FileSha256)),
        Each(NpgsqlDbType.Text, all.Select(i => i.PixelSha256)),
        Each(NpgsqlDbType.Integer, all.Select(i => i.InstanceNumber)),
        Each(NpgsqlDbType.Text, all.Select(i => ArrayText(i.ImagePosition))),
        Each(NpgsqlDbType.Text, all.Select(i => ArrayText(i.ImageOrientation))),
        Each(NpgsqlDbType.Integer, all.Select(i => i.Rows)),
        Each(NpgsqlDbType.Integer, all.Select(i => i.Columns)),
        Each(NpgsqlDbType.Integer, all.Select(i => i.NumberOfFrames)),
    ];

    // An array of arrays would have to be of one shape; each goes as the text of one.
    private static string? ArrayText(double[]? values) => values is null
        ? null
        : $"{{{string.Join(',', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}}}";

    private static NpgsqlBatchCommand Command(string sql, IEnumerable<NpgsqlParameter> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(values.ToArray());
        return command;
    }

    private static NpgsqlParameter Each<T>(NpgsqlDbType type, IEnumerable<T> values) =>
        Value(NpgsqlDbType.Array | type, values.ToArray());

    private static NpgsqlParameter Text(string value) => Value(NpgsqlDbType.Text, value);

    private static NpgsqlParameter Value(NpgsqlDbType type, object value) => new() { NpgsqlDbType = type, Value = value };
}
