-- What reviewers send back, how it scores, which cases may teach, and who may replace the champion.

-- A patient's split is drawn once and for ever; no update and no delete, for anyone.
create table split_assignment (
    patient_key text primary key check (patient_key ~ '^[0-9a-f]{64}$'),
    bucket smallint not null check (bucket between 0 and 99),
    split text not null check (split in ('train', 'dev', 'locked')),
    assigned_at timestamptz not null
);
create trigger split_assignment_fixed before update or delete on split_assignment
    for each row execute function refuse_change();
create trigger split_assignment_no_truncate before truncate on split_assignment
    for each statement execute function refuse_change();

-- The same pixels under another identity may not enter a second split.
create table pixel_split (
    pixel_digest text primary key check (pixel_digest ~ '^[0-9a-f]{64}$'),
    split text not null check (split in ('train', 'dev', 'locked'))
);
create trigger pixel_split_fixed before update or delete on pixel_split
    for each row execute function refuse_change();

create table correction (
    correction_id bigint generated always as identity primary key,
    instance_id bigint not null unique references instance,
    series_id bigint not null references series,
    segmentation_id bigint not null references segmentation,
    series_job_id bigint not null references series_job,
    fence bigint not null,
    sop_instance_uid text not null unique,
    reviewer text,
    mask_sha256 text not null check (mask_sha256 ~ '^[0-9a-f]{64}$'),
    notes text[] not null default '{}',
    created_at timestamptz not null
);
create index correction_series_id on correction (series_id);
create trigger correction_append_only before update or delete on correction
    for each row execute function refuse_change();
create trigger correction_fence before insert on correction for each row execute function check_fence();

-- Quality rows, convention vmunet-qa/1. Distances are in the unit that the row names; NaN and infinity never enter.
create table organ_qa (
    organ_qa_id bigint generated always as identity primary key,
    correction_id bigint not null references correction,
    segmentation_id bigint not null references segmentation,
    model_version_id bigint not null references model_version,
    label smallint not null check (label between 1 and 255),
    organ text not null,
    convention text not null,
    status text not null check (status in ('scored', 'both_empty', 'prediction_empty', 'reference_empty',
        'not_comparable')),
    reason text,
    unit text not null check (unit in ('mm', 'px')),
    tp bigint check (tp >= 0),
    fp bigint check (fp >= 0),
    fn bigint check (fn >= 0),
    dsc double precision check (dsc between 0 and 1),
    iou double precision check (iou between 0 and 1),
    hd_mm double precision check (hd_mm >= 0 and hd_mm < 'infinity'),
    hd95_mm double precision check (hd95_mm >= 0 and hd95_mm < 'infinity'),
    hd95_pooled_mm double precision check (hd95_pooled_mm >= 0 and hd95_pooled_mm < 'infinity'),
    assd_mm double precision check (assd_mm >= 0 and assd_mm < 'infinity'),
    masd_mm double precision check (masd_mm >= 0 and masd_mm < 'infinity'),
    nsd double precision check (nsd between 0 and 1),
    nsd_tau_mm double precision check (nsd_tau_mm > 0 and nsd_tau_mm < 'infinity'),
    volume_pred_ml double precision check (volume_pred_ml >= 0 and volume_pred_ml < 'infinity'),
    volume_ref_ml double precision check (volume_ref_ml >= 0 and volume_ref_ml < 'infinity'),
    grid text not null check (grid in ('source', 'network')),
    slices integer not null check (slices > 0),
    rows integer not null check (rows > 0),
    columns integer not null check (columns > 0),
    spacing_z double precision not null check (spacing_z > 0 and spacing_z < 'infinity'),
    spacing_y double precision not null check (spacing_y > 0 and spacing_y < 'infinity'),
    spacing_x double precision not null check (spacing_x > 0 and spacing_x < 'infinity'),
    grid_diagonal_mm double precision not null check (grid_diagonal_mm >= 0 and grid_diagonal_mm < 'infinity'),
    created_at timestamptz not null,
    unique (correction_id, segmentation_id, label, convention),
    constraint organ_qa_distances check ((status = 'scored') = (num_nonnulls(hd_mm, hd95_mm, hd95_pooled_mm, assd_mm, masd_mm) = 5)
        and (status = 'scored' or num_nonnulls(hd_mm, hd95_mm, hd95_pooled_mm, assd_mm, masd_mm) = 0)),
    constraint organ_qa_overlap check (case status
        when 'scored' then dsc is not null and iou is not null
        when 'both_empty' then dsc is null and iou is null and nsd is null
        when 'not_comparable' then dsc is null and iou is null and nsd is null and reason is not null
        else dsc = 0 and iou = 0 end),
    constraint organ_qa_counts check (status = 'not_comparable' or num_nonnulls(tp, fp, fn) = 3)
);
create index organ_qa_segmentation_id on organ_qa (segmentation_id);
create trigger organ_qa_append_only before update or delete on organ_qa
    for each row execute function refuse_change();

create table curated_case (
    curated_case_id bigint generated always as identity primary key,
    case_uid uuid not null unique,
    task text not null,
    correction_id bigint not null unique references correction,
    series_id bigint not null references series,
    patient_key text not null references split_assignment,
    split text not null check (split in ('train', 'dev', 'locked')),
    pixel_digest text not null check (pixel_digest ~ '^[0-9a-f]{64}$'),
    mask_sha256 text not null check (mask_sha256 ~ '^[0-9a-f]{64}$'),
    created_at timestamptz not null
);
create index curated_case_patient_key on curated_case (patient_key);
create trigger curated_case_append_only before update or delete on curated_case
    for each row execute function refuse_change();

create function check_case_split() returns trigger language plpgsql as $$
declare other text;
begin
    select split into other from split_assignment where patient_key = new.patient_key;
    if other is distinct from new.split then
        raise exception 'the patient of case % belongs to split %, not %', new.case_uid, other, new.split
            using errcode = 'VM002';
    end if;
    insert into pixel_split (pixel_digest, split) values (new.pixel_digest, new.split) on conflict do nothing;
    select split into other from pixel_split where pixel_digest = new.pixel_digest;
    if other <> new.split then
        raise exception 'the pixels of case % already live in split %, not %', new.case_uid, other, new.split
            using errcode = 'VM002';
    end if;
    return new;
end $$;
create trigger curated_case_split before insert on curated_case for each row execute function check_case_split();

-- A case's state is its newest event; sequence is unique, so two writers cannot both move it.
create table curation_event (
    curation_event_id bigint generated always as identity primary key,
    curated_case_id bigint not null references curated_case,
    sequence integer not null check (sequence >= 1),
    from_state text not null,
    to_state text not null,
    actor text not null,
    reason text not null default '',
    at timestamptz not null,
    unique (curated_case_id, sequence),
    check ((from_state, to_state) in (('none', 'received'), ('received', 'parsed'), ('parsed', 'matched'),
        ('matched', 'checked'), ('checked', 'accepted'), ('checked', 'rejected'),
        ('accepted', 'superseded'), ('checked', 'superseded'),
        ('accepted', 'withdrawn'), ('checked', 'withdrawn'), ('rejected', 'withdrawn'), ('superseded', 'withdrawn'),
        ('received', 'quarantined'), ('parsed', 'quarantined'), ('matched', 'quarantined'),
        ('checked', 'quarantined'), ('accepted', 'quarantined')))
);
create trigger curation_event_append_only before update or delete on curation_event
    for each row execute function refuse_change();
create function check_curation_move() returns trigger language plpgsql as $$
declare last record;
begin
    select sequence, to_state into last from curation_event
        where curated_case_id = new.curated_case_id order by sequence desc limit 1;
    if new.sequence <> coalesce(last.sequence, 0) + 1 or new.from_state <> coalesce(last.to_state, 'none') then
        raise exception 'case % is %, so it cannot move from %', new.curated_case_id,
            coalesce(last.to_state, 'none'), new.from_state using errcode = 'VM004';
    end if;
    return new;
end $$;
create trigger curation_event_move before insert on curation_event
    for each row execute function check_curation_move();
create view curated_case_state as
    select distinct on (curated_case_id) curated_case_id, to_state as state, actor, reason, at
    from curation_event order by curated_case_id, sequence desc;

-- Manifest: sorted lines "case-uid revision pixels-sha256 mask-sha256 split".
create table dataset_snapshot (
    dataset_snapshot_id bigint generated always as identity primary key,
    task text not null,
    manifest_sha256 text not null check (manifest_sha256 ~ '^[0-9a-f]{64}$'),
    leakage_rows integer not null check (leakage_rows = 0),
    created_at timestamptz not null,
    unique (task, manifest_sha256)
);
create trigger dataset_snapshot_append_only before update or delete on dataset_snapshot
    for each row execute function refuse_change();

create table dataset_snapshot_item (
    dataset_snapshot_id bigint not null references dataset_snapshot,
    curated_case_id bigint not null references curated_case,
    revision integer not null,
    pixel_digest text not null,
    mask_sha256 text not null,
    split text not null check (split in ('train', 'dev', 'locked')),
    primary key (dataset_snapshot_id, curated_case_id)
);
create trigger dataset_snapshot_item_append_only before update or delete on dataset_snapshot_item
    for each row execute function refuse_change();

create table training_run (
    training_run_id bigint generated always as identity primary key,
    task text not null,
    base_model_version_id bigint not null references model_version,
    dataset_snapshot_id bigint not null references dataset_snapshot,
    state text not null check (state in ('running', 'succeeded', 'failed')),
    code_version text not null,
    config jsonb not null,
    seed bigint not null,
    folder text not null,
    exit_code integer,
    reason text,
    started_at timestamptz not null,
    ended_at timestamptz,
    check ((state = 'running') = (ended_at is null))
);
create unique index training_run_one_running on training_run (task) where state = 'running';
alter table model_version add foreign key (training_run_id) references training_run;

create table evaluation (
    evaluation_id bigint generated always as identity primary key,
    training_run_id bigint references training_run,
    model_version_id bigint not null references model_version,
    set_name text not null,
    set_sha256 text not null check (set_sha256 ~ '^[0-9a-f]{64}$'),
    case_name text not null,
    patient text not null,
    organ text not null,
    convention text not null,
    status text not null check (status in ('scored', 'both_empty', 'prediction_empty', 'reference_empty',
        'not_comparable')),
    dsc double precision check (dsc between 0 and 1),
    hd95_mm double precision check (hd95_mm >= 0 and hd95_mm < 'infinity'),
    unit text not null check (unit in ('mm', 'px')),
    created_at timestamptz not null,
    unique (training_run_id, model_version_id, set_name, case_name, organ)
);
create index evaluation_model_version_id on evaluation (model_version_id);
create trigger evaluation_append_only before update or delete on evaluation
    for each row execute function refuse_change();

create table promotion_decision (
    promotion_decision_id bigint generated always as identity primary key,
    task text not null,
    training_run_id bigint references training_run,
    challenger_model_version_id bigint not null references model_version,
    champion_model_version_id bigint references model_version,
    verdict text not null check (verdict in ('eligible', 'no_verdict', 'kept', 'promoted', 'rejected')),
    gates jsonb not null,
    reasons text[] not null,
    actor text not null,
    at timestamptz not null
);
create trigger promotion_decision_append_only before update or delete on promotion_decision
    for each row execute function refuse_change();
