-- What arrives: studies, series, instances, who sent them, and what happened to them.
-- Only a keyed hash of the patient's identity is kept (patient_key); the identity itself stays in the stored files.
-- Rows that explain a result are append-only; triggers enforce it even for the owner of the tables.

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'table % is append-only: % refused', tg_table_name, tg_op using errcode = 'VM003';
end $$;

create table study (
    study_id bigint generated always as identity primary key,
    study_instance_uid text not null unique check (study_instance_uid ~ '^[0-9.]{1,64}$'),
    patient_key text not null check (patient_key ~ '^[0-9a-f]{64}$'),
    has_identity_conflict boolean not null default false,
    study_date date,
    description text not null default '',
    created_at timestamptz not null,
    last_instance_at timestamptz not null
);
create index study_patient_key on study (patient_key);
create index study_last_instance_at on study (last_instance_at desc);

-- revision grows when an instance arrives after completion; due_at is the completion timer, so a restart loses nothing.
create table series (
    series_id bigint generated always as identity primary key,
    study_id bigint not null references study,
    series_instance_uid text not null unique check (series_instance_uid ~ '^[0-9.]{1,64}$'),
    modality text not null default '',
    sop_class_uid text not null,
    body_part text not null default '',
    description text not null default '',
    protocol_name text not null default '',
    frame_of_reference_uid text,
    manufacturer text not null default '',
    manufacturer_model text not null default '',
    calling_ae text not null default '',
    state text not null check (state in ('receiving', 'complete', 'queued', 'working', 'segmented', 'delivered',
        'verified', 'admitted', 'recorded', 'refused', 'failed')),
    revision integer not null default 1 check (revision >= 1),
    instance_count integer not null default 0 check (instance_count >= 0),
    first_instance_at timestamptz not null,
    last_instance_at timestamptz not null,
    due_at timestamptz not null,
    completed_at timestamptz,
    reason text,
    detail text,
    warning text
);
create index series_study_id on series (study_id);
create index series_due on series (due_at) where state = 'receiving';
create index series_complete on series (completed_at) where state = 'complete';

create table association (
    association_id bigint generated always as identity primary key,
    listener text not null,
    calling_ae text not null,
    called_ae text not null,
    peer text not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    outcome text not null default 'open' check (outcome in ('open', 'released', 'aborted', 'lost')),
    check ((outcome = 'open') = (closed_at is null))
);
create index association_open on association (association_id) where outcome = 'open';

create table association_series (
    association_id bigint not null references association,
    series_id bigint not null references series,
    primary key (association_id, series_id)
);
create index association_series_series_id on association_series (series_id);

create table instance (
    instance_id bigint generated always as identity primary key,
    series_id bigint not null references series,
    sop_instance_uid text not null unique check (sop_instance_uid ~ '^[0-9.]{1,64}$'),
    sop_class_uid text not null,
    transfer_syntax_uid text not null,
    path text not null,
    byte_count bigint not null check (byte_count > 0),
    file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
    pixel_sha256 text check (pixel_sha256 ~ '^[0-9a-f]{64}$'),
    header_revision integer not null default 1 check (header_revision >= 1),
    instance_number integer,
    image_position double precision[] check (cardinality(image_position) = 3),
    image_orientation double precision[] check (cardinality(image_orientation) = 6),
    rows integer,
    columns integer,
    number_of_frames integer,
    received_at timestamptz not null
);
create index instance_series_id on instance (series_id);

-- The same pixels came again under a changed header: the newest file is the instance's, the earlier ones are kept here.
create table instance_header_revision (
    instance_id bigint not null references instance,
    header_revision integer not null,
    path text not null,
    file_sha256 text not null,
    superseded_at timestamptz not null,
    primary key (instance_id, header_revision)
);
create trigger instance_header_revision_append_only before update or delete on instance_header_revision
    for each row execute function refuse_change();

-- Files acknowledged, kept, and not used: other pixels under a known UID, a UID that moved to another series.
create table quarantine (
    quarantine_id bigint generated always as identity primary key,
    sop_instance_uid text not null,
    series_instance_uid text not null,
    study_instance_uid text not null,
    path text not null,
    file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
    reason text not null check (reason in ('pixel_conflict', 'identity_conflict')),
    detail text not null,
    calling_ae text not null default '',
    received_at timestamptz not null,
    resolved_at timestamptz,
    unique (sop_instance_uid, file_sha256)
);

-- Everything that happened, one row an event, never changed.
create table audit_event (
    audit_event_id bigint generated always as identity primary key,
    at timestamptz not null,
    kind text not null check (kind ~ '^[a-z_]+$'),
    actor text not null,
    study_id bigint references study,
    series_id bigint references series,
    detail text not null default '',
    data jsonb
);
create index audit_event_study_id on audit_event (study_id, audit_event_id);
create index audit_event_series_id on audit_event (series_id, audit_event_id);
create index audit_event_at on audit_event (at desc);
create trigger audit_event_append_only before update or delete on audit_event
    for each row execute function refuse_change();
create trigger audit_event_no_truncate before truncate on audit_event
    for each statement execute function refuse_change();
