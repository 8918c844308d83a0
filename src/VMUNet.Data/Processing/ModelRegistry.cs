using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Learning;
using VMUNet.Data.Schema;

namespace VMUNet.Data.Processing;

/// <summary>A model folder as it is registered.</summary>
public sealed record ModelRegistration
{
    /// <summary>Task that it serves.</summary>
    public required string Task { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Hash of its weights file: the version's identity within the task.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Where it lies; absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>Where it came from.</summary>
    public required ModelOrigin Origin { get; init; }

    /// <summary>Program that made it.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>Hash over its training data's manifest.</summary>
    public string? ManifestSha256 { get; init; }

    /// <summary>Hash over its preprocessing constants.</summary>
    public string? PreprocessingSha256 { get; init; }

    /// <summary>Seed of its training.</summary>
    public long? Seed { get; init; }
}

/// <summary>A registered model version.</summary>
public sealed record RegisteredModel(
    long ModelVersionId, string Task, string Name, string WeightsSha256, string Folder, ModelState State, ModelOrigin Origin);

/// <summary>Model versions: exactly one champion a task, held by a unique index; every change is one transaction with its event.</summary>
public sealed class ModelRegistry
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal ModelRegistry(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>
    /// Registers what a start finds in its model folders. Known versions get their present folder; a task without a
    /// champion takes its first shipped version, and a shipped version in the champion's own folder takes over (an update
    /// of the product); any other shipped version may be approved. Idempotent.
    /// </summary>
    public Task RegisterAsync(IReadOnlyList<ModelRegistration> models, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            foreach (ModelRegistration model in models)
            {
                await RegisterAsync(c, model, ct);
            }
        }, ct);

    /// <summary>The version that serves the task; null when there is none. <paramref name="taskOrName"/> may also be a
    /// version's name, whatever its state.</summary>
    public Task<RegisteredModel?> ServingAsync(string taskOrName, CancellationToken ct) =>
        _database.TransactAsync(async c => (await c.QueryAsync(Columns + """
             where (task = $1 and state = 'champion') or (name = $1 and state <> 'rejected')
            order by (task = $1 and state = 'champion') desc, model_version_id desc limit 1
            """, Read, ct, taskOrName)).FirstOrDefault(), ct);

    /// <summary>One version.</summary>
    public Task<RegisteredModel?> FindAsync(long modelVersionId, CancellationToken ct) =>
        _database.TransactAsync(async c => (await c.QueryAsync(
            Columns + " where model_version_id = $1", Read, ct, modelVersionId)).FirstOrDefault(), ct);

    /// <summary>The anchor: the version that a person (or the product's release) approved last.</summary>
    public Task<RegisteredModel?> AnchorAsync(string task, CancellationToken ct) =>
        _database.TransactAsync(async c => (await c.QueryAsync(Columns + """
             where task = $1 and state in ('champion', 'retired')
            order by (state = 'champion') desc, approved_at desc limit 1
            """, Read, ct, task)).FirstOrDefault(), ct);

    /// <summary>
    /// A person makes the version champion: an eligible one (promotion) or a retired one (rollback). The previous champion
    /// retires in the same transaction; workers see the new row before their next series.
    /// </summary>
    /// <exception cref="IllegalModelMoveException">The version may not become champion; the message says why.</exception>
    public Task ApproveAsync(long modelVersionId, string person, string reason, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            RegisteredModel model = await LockAsync(c, modelVersionId, ct);
            Require(model, ModelState.Champion);
            long? champion = await c.ScalarAsync<long?>("""
                update model_version set state = 'retired' where task = $1 and state = 'champion'
                returning model_version_id
                """, ct, model.Task);
            await c.ExecuteAsync("""
                update model_version set state = 'champion', approved_by = $2, approved_at = $3 where model_version_id = $1
                """, ct, modelVersionId, person, now);
            await DecideAsync(c, model, champion, PromotionVerdict.Promoted, person, reason, now, ct);
            await AuditTrail.AppendAsync(c, now, model.State == ModelState.Retired ? "model_rolled_back" : "model_promoted",
                person, $"{model.Task}: version {modelVersionId} ({model.Name}) replaces version {champion}: {reason}", null, ct);
        }, ct);

    /// <summary>A person says no to a version.</summary>
    /// <exception cref="IllegalModelMoveException">The version is not up for a decision.</exception>
    public Task RejectAsync(long modelVersionId, string person, string reason, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            RegisteredModel model = await LockAsync(c, modelVersionId, ct);
            Require(model, ModelState.Rejected);
            await c.ExecuteAsync(
                "update model_version set state = 'rejected' where model_version_id = $1", ct, modelVersionId);
            long? champion = await c.ScalarAsync<long?>(
                "select model_version_id from model_version where task = $1 and state = 'champion'", ct, model.Task);
            await DecideAsync(c, model, champion, PromotionVerdict.Rejected, person, reason, now, ct);
            await AuditTrail.AppendAsync(c, now, "model_rejected", person,
                $"{model.Task}: version {modelVersionId} ({model.Name}): {reason}", null, ct);
        }, ct);

    /// <summary>Inserts or finds a version; returns its row.</summary>
    internal static async Task<long> UpsertAsync(NpgsqlConnection c, ModelRegistration model, ModelState state,
        string? approvedBy, long? parent, long? trainingRun, DateTimeOffset now, CancellationToken ct) =>
        await c.ScalarAsync<long>("""
            insert into model_version (task, name, weights_sha256, folder, state, origin, parent_model_version_id,
                training_run_id, manifest_sha256, preprocessing_sha256, seed, code_version, approved_by, approved_at,
                created_at)
            values ($1, $2, $3, $4, $5, $6, $7::bigint, $8::bigint, $9, $10, $11::bigint, $12, $13,
                case when $13::text is null then null else $14 end, $14)
            on conflict (task, weights_sha256) do update set folder = excluded.folder
            returning model_version_id
            """, ct, model.Task, model.Name, model.WeightsSha256, model.Folder, state, model.Origin, parent, trainingRun,
            model.ManifestSha256, model.PreprocessingSha256, model.Seed, model.CodeVersion, approvedBy, now);

    private async Task RegisterAsync(NpgsqlConnection c, ModelRegistration model, CancellationToken ct)
    {
        DateTimeOffset now = _time.GetUtcNow();
        // Two hosts that start together must not both find the task without a champion.
        await c.ExecuteAsync("select pg_advisory_xact_lock(hashtext('champion ' || $1))", ct, model.Task);
        bool isKnown = await c.ScalarAsync<bool>(
            "select exists (select from model_version where task = $1 and weights_sha256 = $2)", ct, model.Task,
            model.WeightsSha256);
        (long Id, string Folder)? champion = (await c.QueryAsync(
            "select model_version_id, folder from model_version where task = $1 and state = 'champion'",
            r => ((long, string)?)(r.GetInt64(0), r.GetString(1)), ct, model.Task)).FirstOrDefault();
        bool isRelease = !isKnown && model.Origin == ModelOrigin.Shipped;
        // A release that brings new weights in the champion's own folder has taken the old ones away: it takes over.
        bool takesOver = isRelease && champion?.Folder == model.Folder;
        bool becomesChampion = isRelease && (champion is null || takesOver);
        if (takesOver)
        {
            await c.ExecuteAsync("update model_version set state = 'retired' where model_version_id = $1", ct, champion!.Value.Id);
        }
        ModelState state = becomesChampion ? ModelState.Champion : isRelease ? ModelState.Eligible : ModelState.Candidate;
        long id = await UpsertAsync(c, model, state, becomesChampion ? "release" : null, null, null, now, ct);
        if (!isKnown)
        {
            await AuditTrail.AppendAsync(c, now, "model_registered", "host",
                $"{model.Task}: version {id} ({model.Name}, {SnakeCase.Of(model.Origin)})"
                + (takesOver ? $" replaces version {champion!.Value.Id} in its folder"
                    : becomesChampion ? " is the task's first champion"
                    : isRelease ? " waits for approval" : ""), null, ct);
        }
    }

    private static async Task<RegisteredModel> LockAsync(NpgsqlConnection c, long modelVersionId, CancellationToken ct)
    {
        RegisteredModel model = (await c.QueryAsync(
            Columns + " where model_version_id = $1", Read, ct, modelVersionId)).FirstOrDefault()
            ?? throw new IllegalModelMoveException($"There is no model version {modelVersionId}");
        await c.ExecuteAsync("select pg_advisory_xact_lock(hashtext('champion ' || $1))", ct, model.Task);
        return (await c.QueryAsync(Columns + " where model_version_id = $1", Read, ct, modelVersionId)).Single();
    }

    private static void Require(RegisteredModel model, ModelState to)
    {
        if (!ModelStates.IsLegal(model.State, to))
        {
            throw new IllegalModelMoveException(
                $"Version {model.ModelVersionId} of {model.Task} is {SnakeCase.Of(model.State)}; from there it cannot "
                + $"become {SnakeCase.Of(to)}"
                + (to == ModelState.Champion ? ": only eligible and retired versions may" : ""));
        }
    }

    private static Task<int> DecideAsync(NpgsqlConnection c, RegisteredModel model, long? champion, PromotionVerdict verdict,
        string person, string reason, DateTimeOffset now, CancellationToken ct) => c.ExecuteAsync("""
            insert into promotion_decision (task, training_run_id, challenger_model_version_id, champion_model_version_id,
                verdict, gates, reasons, actor, at)
            values ($1, (select training_run_id from model_version where model_version_id = $2), $2, $3::bigint, $4, '{}',
                $5, $6, $7)
            """, ct, model.Task, model.ModelVersionId, champion, verdict, new[] { reason }, person, now);

    private const string Columns =
        "select model_version_id, task, name, weights_sha256, folder, state, origin from model_version";

    private static RegisteredModel Read(NpgsqlDataReader r) => new(r.GetInt64(0), r.GetString(1), r.GetString(2),
        r.GetString(3), r.GetString(4), SnakeCase.Parse<ModelState>(r.GetString(5)),
        SnakeCase.Parse<ModelOrigin>(r.GetString(6)));
}

/// <summary>The model version may not take the wanted state; nothing was changed.</summary>
public sealed class IllegalModelMoveException(string message) : InvalidOperationException(message);
