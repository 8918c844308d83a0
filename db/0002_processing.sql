-- What we make of a series: model versions, jobs with lease and fencing number, segmentations, their delivery.

create table model_version (
    model_version_id bigint generated always as identity primary key,
    task text not null,
    name text not null,
    weights_sha256 text not null check (weights_sha256 ~ '^[0-9a-f]{64}$'),
    folder text not null,
    state text not null check (state in ('candidate', 'evaluated', 'eligible', 'shadow', 'champion', 'retired',
        'rejected')),
    origin text not null check (origin in ('shipped', 'imported', 'trained')),
    parent_model_version_id bigint references model_version,
    training_run_id bigint,
    manifest_sha256 text check (manifest_sha256 ~ '^[0-9a-f]{64}$'),
    preprocessing_sha256 text check (preprocessing_sha256 ~ '^[0-9a-f]{64}$'),
    seed bigint,
    code_version text not null,
    approved_by text,
    approved_at timestamptz,
    created_at timestamptz not null,
    unique (task, weights_sha256),
    check ((approved_by is null) = (approved_at is null)),
    check (state <> 'champion' or approved_by is not null)
);
create unique index model_version_one_champion on model_version (task) where state = 'champion';

-- One job a series revision. Each start takes the next fence; a result that presents an older one is refused (below).
-- Lease times are the database's clock, the one clock that all workers share.
create table series_job (
    series_job_id bigint generated always as identity primary key,
    series_id bigint not null references series,
    series_revision integer not null,
    kind text not null check (kind in ('segment', 'correction')),
    state text not null check (state in ('queued', 'running', 'succeeded', 'refused', 'failed', 'superseded')),
    queue text not null,
    route text,
    model text,
    destinations text[] not null default '{}',
    routing_reasons text[] not null default '{}',
    hangfire_id text,
    fence bigint not null default 0,
    lease_owner text,
    lease_until timestamptz,
    heartbeat_at timestamptz,
    attempts integer not null default 0,
    next_at timestamptz not null,
    enqueued_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    reason text,
    detail text,
    unique (series_id, series_revision, kind),
    check (state <> 'running' or (lease_owner is not null and lease_until is not null and started_at is not null)),
    check ((state in ('succeeded', 'refused', 'failed', 'superseded')) = (finished_at is not null))
);
create index series_job_open on series_job (state, lease_until) where state in ('queued', 'running');

-- series_id is part of the key because the same pixels may come again under other UIDs (anonymised, re-sent), and a
-- SEG must name the instances of its own series.
create table segmentation (
    segmentation_id bigint generated always as identity primary key,
    series_id bigint not null references series,
    series_revision integer not null,
    series_job_id bigint not null references series_job,
    fence bigint not null,
    model_version_id bigint not null references model_version,
    route text not null,
    pixel_digest text not null check (pixel_digest ~ '^[0-9a-f]{64}$'),
    weights_sha256 text not null check (weights_sha256 ~ '^[0-9a-f]{64}$'),
    outcome text not null check (outcome in ('seg', 'nothing_found')),
    sop_instance_uid text unique,
    seg_series_instance_uid text,
    path text,
    file_sha256 text check (file_sha256 ~ '^[0-9a-f]{64}$'),
    stage_seconds jsonb not null,
    notes text[] not null default '{}',
    software_version text not null,
    created_at timestamptz not null,
    unique (series_id, pixel_digest, route, weights_sha256),
    check ((outcome = 'seg') = (sop_instance_uid is not null and seg_series_instance_uid is not null
        and path is not null and file_sha256 is not null))
);
create index segmentation_series_id on segmentation (series_id);
create index segmentation_seg_series_instance_uid on segmentation (seg_series_instance_uid);
create trigger segmentation_append_only before update or delete on segmentation
    for each row execute function refuse_change();

-- The fencing number is checked by the database: a worker that lost its lease cannot write a result.
create function check_fence() returns trigger language plpgsql as $$
begin
    perform 1 from series_job
        where series_job_id = new.series_job_id and fence = new.fence and state = 'running' for no key update;
    if not found then
        raise exception 'job % is no longer held with fencing number %', new.series_job_id, new.fence
            using errcode = 'VM001';
    end if;
    return new;
end $$;
create trigger segmentation_fence before insert on segmentation for each row execute function check_fence();

-- Volumes and component counts of each organ found: pages today, drift windows later.
create table segmentation_organ (
    segmentation_id bigint not null references segmentation,
    label smallint not null check (label between 1 and 255),
    organ text not null,
    voxels bigint not null check (voxels >= 0),
    volume_ml double precision check (volume_ml >= 0 and volume_ml < 'infinity'),
    primary key (segmentation_id, label)
);
create trigger segmentation_organ_append_only before update or delete on segmentation_organ
    for each row execute function refuse_change();

-- One row a result and destination; next_at is the retry timer. Dead rows wait for a person, nothing is dropped.
create table delivery (
    delivery_id bigint generated always as identity primary key,
    segmentation_id bigint not null references segmentation,
    destination text not null,
    state text not null check (state in ('due', 'delivered', 'dead')),
    attempts integer not null default 0 check (attempts >= 0),
    next_at timestamptz not null,
    claimed_until timestamptz,
    last_status integer,
    last_error text,
    created_at timestamptz not null,
    finished_at timestamptz,
    unique (segmentation_id, destination),
    check ((state = 'due') = (finished_at is null))
);
create index delivery_due on delivery (next_at) where state = 'due';

create table delivery_attempt (
    delivery_attempt_id bigint generated always as identity primary key,
    delivery_id bigint not null references delivery,
    at timestamptz not null,
    status integer,
    error text,
    seconds double precision not null
);
create index delivery_attempt_delivery_id on delivery_attempt (delivery_id);
create trigger delivery_attempt_append_only before update or delete on delivery_attempt
    for each row execute function refuse_change();
