using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Schema;

namespace VMUNet.Data.Studies;

/// <summary>
/// Records what was received: instances of a series that wait at the same time in one transaction, others one by one.
/// Success may be sent when a call has returned, for its row is committed then.
/// </summary>
public sealed class StudyRegistry
{
    private readonly PacsDatabase _database;
    private readonly RecordingConnections _recording;
    private readonly PatientKeys _patients;
    private readonly TimeProvider _time;
    private readonly RecordLanes _lanes;

    internal StudyRegistry(PacsDatabase database, RecordingConnections recording, PatientKeys patients, TimeProvider time)
    {
        (_database, _recording, _patients, _time) = (database, recording, patients, time);
        _lanes = new RecordLanes(RecordGroup);
    }

    /// <summary>
    /// Upserts study, series and instance. Idempotent: the same content twice is a <see cref="RecordOutcome.Duplicate"/>,
    /// so a sender that missed our answer may repeat.
    /// </summary>
    /// <exception cref="DatabaseUnavailableException">Nothing was recorded (or the answer to the commit was lost).</exception>
    public Task<RecordOutcome> RecordAsync(ReceivedInstance instance, CancellationToken ct) =>
        _lanes.AddAsync(instance, ct);

    /// <summary>As <see cref="RecordAsync(ReceivedInstance, CancellationToken)"/>, on the caller's thread, which waits: for a
    /// thread that serves one sender only.</summary>
    /// <exception cref="DatabaseUnavailableException">Nothing was recorded (or the answer to the commit was lost).</exception>
    public RecordOutcome Record(ReceivedInstance instance, CancellationToken ct) => _lanes.Add(instance, ct);

    // Whatever is not the common case, or is refused, is looked at one by one, so no instance suffers from another's fault.
    // Nobody is answered before the commit of his row has returned.
    private void RecordGroup(IReadOnlyList<WaitingInstance> group)
    {
        try
        {
            group = RecordTogether(group);
        }
        catch (DatabaseUnavailableException e) when (e.InnerException is not PostgresException)
        {
            // No connection, or no answer in time: to try each would only make every sender wait that long once more.
            group.ToList().ForEach(w => w.Fail(e));
            return;
        }
        catch (Exception) // each instance meets its own fault in the look at it alone
        {
        }
        if (group.Count > 0)
        {
            // Away from this thread's context, for which nobody works while this thread waits.
            Task.Run(() => Task.WhenAll(group.Select(w => w.AnswerAsync(RecordAloneAsync)))).GetAwaiter().GetResult();
        }
    }

    private Task<RecordOutcome> RecordAloneAsync(WaitingInstance waiting) =>
        _database.TransactAsync(c => RecordAsync(c, waiting.Instance, waiting.Cancellation), waiting.Cancellation);

    // Answers those that are the common case, and gives back the others.
    private List<WaitingInstance> RecordTogether(IReadOnlyList<WaitingInstance> group)
    {
        List<ReceivedInstance> instances = [.. group.Select(w => w.Instance)];
        if (!ArrivalBatch.Fits(instances))
        {
            return [.. group];
        }
        Dictionary<string, RecordOutcome> recorded =
            _recording.Use(c => ArrivalBatch.Record(c, instances, KeyOf(instances[0]), _time.GetUtcNow()));
        var others = new List<WaitingInstance>();
        foreach (WaitingInstance waiting in group)
        {
            if (recorded.TryGetValue(waiting.Instance.SopInstanceUid, out RecordOutcome? outcome))
            {
                waiting.Answer(outcome);
            }
            else
            {
                others.Add(waiting);
            }
        }
        return others;
    }

    private string KeyOf(ReceivedInstance instance) =>
        _patients.KeyOf(instance.IssuerOfPatientId, instance.PatientId, instance.StudyInstanceUid);

    private async Task<RecordOutcome> RecordAsync(NpgsqlConnection c, ReceivedInstance instance, CancellationToken ct)
    {
        DateTimeOffset now = _time.GetUtcNow();
        // A conflict is settled before any study or series row is made for it.
        if (await FindAsync(c, instance.SopInstanceUid, ct) is { } known)
        {
            return await RecordKnownAsync(c, known, instance, now, ct);
        }
        string? otherStudy = await c.ScalarAsync<string>("""
            select study_instance_uid from study join series using (study_id)
            where series_instance_uid = $1 and study_instance_uid <> $2
            """, ct, instance.SeriesInstanceUid, instance.StudyInstanceUid);
        if (otherStudy is not null)
        {
            return await QuarantineAsync(c, instance, QuarantineReason.IdentityConflict,
                $"Series {instance.SeriesInstanceUid} is known in study {otherStudy}", now, ct);
        }
        long studyId = await UpsertStudyAsync(c, instance, KeyOf(instance), now, ct);
        var series = await UpsertSeriesAsync(c, studyId, instance, now, ct);
        if (await InsertAsync(c, series.Id, instance, now, ct) is not { } instanceId)
        {
            // Another association recorded the same UID between our look and our insert.
            KnownInstance raced = (await FindAsync(c, instance.SopInstanceUid, ct))!;
            return await RecordKnownAsync(c, raced, instance, now, ct);
        }
        bool isLate = await ArriveAsync(c, series.Id, series.State, instance, now, ct);
        return new RecordOutcome.Stored(instanceId, series.Id, isLate);
    }

    private sealed record KnownInstance(long Id, string SeriesUid, string StudyUid, string Path, string FileSha256,
        string? PixelSha256, int HeaderRevision, long SeriesId, string TransferSyntaxUid);

    private static async Task<KnownInstance?> FindAsync(NpgsqlConnection c, string sopInstanceUid, CancellationToken ct) =>
        (await c.QueryAsync("""
            select i.instance_id, s.series_instance_uid, t.study_instance_uid, i.path, i.file_sha256, i.pixel_sha256,
                i.header_revision, s.series_id, i.transfer_syntax_uid
            from instance i join series s using (series_id) join study t using (study_id)
            where i.sop_instance_uid = $1 for no key update of i
            """, r => new KnownInstance(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4),
                r.Text(5), r.GetInt32(6), r.GetInt64(7), r.GetString(8)), ct, sopInstanceUid)).FirstOrDefault();

    private async Task<RecordOutcome> RecordKnownAsync(
        NpgsqlConnection c, KnownInstance known, ReceivedInstance instance, DateTimeOffset now, CancellationToken ct)
    {
        if (known.SeriesUid != instance.SeriesInstanceUid || known.StudyUid != instance.StudyInstanceUid)
        {
            return await QuarantineAsync(c, instance, QuarantineReason.IdentityConflict,
                $"Instance {instance.SopInstanceUid} is known in series {known.SeriesUid}", now, ct);
        }
        // A sender that begins again after a broken association first repeats: the series waits for it as for a first one.
        await JoinAsync(c, instance, known.SeriesId, ct);
        if (known.FileSha256 == instance.FileSha256 || await c.ScalarAsync<bool>("""
            select exists (select from instance_header_revision where instance_id = $1 and file_sha256 = $2)
                or exists (select from instance_copy where instance_id = $1 and file_sha256 = $2)
            """, ct, known.Id, instance.FileSha256))
        {
            return new RecordOutcome.Duplicate(known.Id, known.Path);
        }
        if (known.PixelSha256 != instance.PixelSha256 && known.TransferSyntaxUid != instance.TransferSyntaxUid)
        {
            return await RecordCopyAsync(c, known, instance, now, ct);
        }
        if (known.PixelSha256 != instance.PixelSha256)
        {
            return await QuarantineAsync(c, instance, QuarantineReason.PixelConflict,
                $"Instance {instance.SopInstanceUid} is known with other pixels", now, ct);
        }
        await c.ExecuteAsync("""
            insert into instance_header_revision (instance_id, header_revision, path, file_sha256, superseded_at)
            values ($1, $2, $3, $4, $5)
            """, ct, known.Id, known.HeaderRevision, known.Path, known.FileSha256, now);
        await c.ExecuteAsync("""
            update instance set path = $2, file_sha256 = $3, byte_count = $4, transfer_syntax_uid = $5,
                header_revision = header_revision + 1 where instance_id = $1
            """, ct, known.Id, instance.Path, instance.FileSha256, instance.ByteCount, instance.TransferSyntaxUid);
        await AuditTrail.AppendAsync(c, now, "header_revision", instance.CallingAe,
            $"Instance {instance.SopInstanceUid} came again with the same pixels under another header",
            known.SeriesId, ct);
        await NoticeIdentityAsync(c, instance, KeyOf(instance), now, ct);
        return new RecordOutcome.HeaderRevision(known.Id, known.HeaderRevision + 1);
    }

    // Other bytes are expected of another encoding; whether the pixels are the same needs a decoder, so a worker's time.
    private static async Task<RecordOutcome> RecordCopyAsync(
        NpgsqlConnection c, KnownInstance known, ReceivedInstance instance, DateTimeOffset now, CancellationToken ct)
    {
        await c.ExecuteAsync("""
            insert into instance_copy (instance_id, transfer_syntax_uid, path, byte_count, file_sha256, calling_ae, received_at)
            values ($1, $2, $3, $4, $5, $6, $7)
            """, ct, known.Id, instance.TransferSyntaxUid, instance.Path, instance.ByteCount, instance.FileSha256,
            instance.CallingAe, now);
        await AuditTrail.AppendAsync(c, now, "syntax_copy", instance.CallingAe,
            $"Instance {instance.SopInstanceUid} came again in transfer syntax {instance.TransferSyntaxUid}; its pixels are compared",
            known.SeriesId, ct);
        return new RecordOutcome.SyntaxCopy(known.Id);
    }

    private static async Task<long> UpsertStudyAsync(
        NpgsqlConnection c, ReceivedInstance instance, string patientKey, DateTimeOffset now, CancellationToken ct)
    {
        // The update takes the row's lock, so two first instances of one study queue here.
        var (id, key, hasConflict) = (await c.QueryAsync("""
            insert into study (study_instance_uid, patient_key, study_date, description, created_at, last_instance_at)
            values ($1, $2, $3::date, $4, $5, $5)
            on conflict (study_instance_uid) do update set last_instance_at = excluded.last_instance_at
            returning study_id, patient_key, has_identity_conflict
            """, r => (r.GetInt64(0), r.GetString(1), r.GetBoolean(2)), ct, instance.StudyInstanceUid, patientKey,
            instance.StudyDate, instance.StudyDescription, now)).Single();
        if (key != patientKey && !hasConflict)
        {
            await NoticeIdentityAsync(c, instance, patientKey, now, ct);
        }
        return id;
    }

    // A study whose instances name two patients is used all the same, but its cases never reach a split: see CorrectionDesk.
    private static async Task NoticeIdentityAsync(
        NpgsqlConnection c, ReceivedInstance instance, string patientKey, DateTimeOffset now, CancellationToken ct)
    {
        long? study = await c.ScalarAsync<long?>("""
            update study set has_identity_conflict = true
            where study_instance_uid = $1 and patient_key <> $2 and not has_identity_conflict returning study_id
            """, ct, instance.StudyInstanceUid, patientKey);
        if (study is { } id)
        {
            await c.ExecuteAsync("""
                insert into audit_event (at, kind, actor, study_id, detail) values ($1, 'identity_conflict', $2, $3, $4)
                """, ct, now, instance.CallingAe, id, "Instances of this study carry different patient identities");
        }
    }

    private static async Task<(long Id, SeriesState State)> UpsertSeriesAsync(
        NpgsqlConnection c, long studyId, ReceivedInstance instance, DateTimeOffset now, CancellationToken ct)
    {
        int made = await c.ExecuteAsync("""
            insert into series (study_id, series_instance_uid, modality, sop_class_uid, body_part, description,
                protocol_name, frame_of_reference_uid, manufacturer, manufacturer_model, calling_ae, state,
                first_instance_at, last_instance_at, due_at, is_batch)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'receiving', $12, $12, $13, $14)
            on conflict (series_instance_uid) do nothing
            """, ct, studyId, instance.SeriesInstanceUid, instance.Modality, instance.SopClassUid, instance.BodyPart,
            instance.SeriesDescription, instance.ProtocolName, instance.FrameOfReferenceUid, instance.Manufacturer,
            instance.ManufacturerModel, instance.CallingAe, now, now + instance.QuietPeriod, instance.IsBatch);
        var row = (await c.QueryAsync(
            "select series_id, state from series where series_instance_uid = $1 for no key update",
            r => (Id: r.GetInt64(0), State: SnakeCase.Parse<SeriesState>(r.GetString(1))), ct,
            instance.SeriesInstanceUid)).Single();
        if (made == 1)
        {
            await AuditTrail.AppendAsync(c, now, "received", instance.CallingAe, "first instance of the series", row.Id, ct);
        }
        return row;
    }

    private static async Task<long?> InsertAsync(
        NpgsqlConnection c, long seriesId, ReceivedInstance instance, DateTimeOffset now, CancellationToken ct) =>
        await c.ScalarAsync<long?>("""
            insert into instance (series_id, sop_instance_uid, sop_class_uid, transfer_syntax_uid, path, byte_count,
                file_sha256, pixel_sha256, instance_number, image_position, image_orientation, rows, columns,
                number_of_frames, received_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9::integer, $10::double precision[], $11::double precision[],
                $12::integer, $13::integer, $14::integer, $15)
            on conflict (sop_instance_uid) do nothing returning instance_id
            """, ct, seriesId, instance.SopInstanceUid, instance.SopClassUid, instance.TransferSyntaxUid, instance.Path,
            instance.ByteCount, instance.FileSha256, instance.PixelSha256, instance.InstanceNumber,
            instance.ImagePosition, instance.ImageOrientation, instance.Rows, instance.Columns,
            instance.NumberOfFrames, now);

    private static async Task<bool> ArriveAsync(NpgsqlConnection c, long seriesId, SeriesState state,
        ReceivedInstance instance, DateTimeOffset now, CancellationToken ct)
    {
        bool isLate = state != SeriesState.Receiving;
        if (isLate)
        {
            // A job of the earlier revision is cancelled if it waits; if it runs, the fence refuses its result.
            await c.ExecuteAsync("""
                update series_job set state = 'superseded', finished_at = $2, reason = 'late instance'
                where series_id = $1 and state in ('queued', 'running')
                """, ct, seriesId, now);
            await SeriesMoves.MoveAsync(
                c, seriesId, SeriesEvent.InstanceArrived, instance.CallingAe, now, null, "late instance", ct);
        }
        await c.ExecuteAsync("""
            update series set instance_count = instance_count + 1, last_instance_at = $2, due_at = $3,
                revision = revision + $4::integer, detail = null, is_batch = is_batch and $5 where series_id = $1
            """, ct, seriesId, now, now + instance.QuietPeriod, isLate ? 1 : 0, instance.IsBatch);
        await JoinAsync(c, instance, seriesId, ct);
        return isLate;
    }

    // While the association is open, the series is not complete.
    private static async Task JoinAsync(NpgsqlConnection c, ReceivedInstance instance, long seriesId, CancellationToken ct)
    {
        if (instance.AssociationId is { } association)
        {
            await c.ExecuteAsync("insert into association_series values ($1, $2) on conflict do nothing", ct,
                association, seriesId);
        }
    }

    private static async Task<RecordOutcome> QuarantineAsync(NpgsqlConnection c, ReceivedInstance instance,
        QuarantineReason reason, string detail, DateTimeOffset now, CancellationToken ct)
    {
        int written = await c.ExecuteAsync("""
            insert into quarantine (sop_instance_uid, series_instance_uid, study_instance_uid, path, file_sha256, reason,
                detail, calling_ae, received_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (sop_instance_uid, file_sha256) do nothing
            """, ct, instance.SopInstanceUid, instance.SeriesInstanceUid, instance.StudyInstanceUid, instance.Path,
            instance.FileSha256, reason, detail, instance.CallingAe, now);
        if (written > 0)
        {
            await AuditTrail.AppendAsync(c, now, SnakeCase.Of(reason), instance.CallingAe, detail, null, ct);
        }
        return reason == QuarantineReason.PixelConflict
            ? new RecordOutcome.PixelConflict(detail)
            : new RecordOutcome.IdentityConflict(detail);
    }
}
