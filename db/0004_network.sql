-- The network beyond plain receiving: who was turned away and who may call, copies of an instance in another transfer
-- syntax, backfill that yields to live work, and the archive's word that it keeps what we sent.

-- binding narrows a title: '' any peer, an address, or 'cert:NAME' for a certificate's name. Rejected callers are
-- recorded here so that one command allows them; a denied one is turned away whatever the configuration says.
create table caller (
    caller_id bigint generated always as identity primary key,
    ae_title text not null check (length(ae_title) between 1 and 16),
    binding text not null default '' check (length(binding) <= 256),
    state text not null check (state in ('rejected', 'allowed', 'denied')),
    attempts bigint not null default 0 check (attempts >= 0),
    called_ae text not null default '',
    certificate text,
    reason text not null default '',
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    unique (ae_title, binding),
    check ((state = 'rejected') = (decided_by is null)),
    check ((decided_by is null) = (decided_at is null))
);
create index caller_last_seen_at on caller (last_seen_at) where state = 'rejected';

-- The same SOP instance UID in another transfer syntax: kept, acknowledged, and compared pixel by pixel by a worker.
create table instance_copy (
    instance_copy_id bigint generated always as identity primary key,
    instance_id bigint not null references instance,
    transfer_syntax_uid text not null,
    path text not null,
    byte_count bigint not null check (byte_count > 0),
    file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
    calling_ae text not null default '',
    received_at timestamptz not null,
    state text not null default 'waiting' check (state in ('waiting', 'equal', 'different')),
    claimed_until timestamptz,
    compared_at timestamptz,
    detail text,
    unique (instance_id, file_sha256),
    check ((state = 'waiting') = (compared_at is null))
);
create index instance_copy_waiting on instance_copy (instance_copy_id) where state = 'waiting';

-- Called under the title for backfill; the first live instance of the series clears it.
alter table series add column is_batch boolean not null default false;

-- What the archive says of a delivered result: by storage commitment, or by a query where it offers none.
create table delivery_confirmation (
    delivery_id bigint primary key references delivery,
    state text not null check (state in ('due', 'asked', 'confirmed', 'unsupported', 'failed')),
    how text check (how in ('commitment', 'find')),
    transaction_uid text unique check (transaction_uid ~ '^[0-9.]{1,64}$'),
    attempts integer not null default 0 check (attempts >= 0),
    next_at timestamptz not null,
    claimed_until timestamptz,
    detail text,
    finished_at timestamptz,
    check ((state in ('due', 'asked')) = (finished_at is null)),
    check (state <> 'asked' or transaction_uid is not null)
);
create index delivery_confirmation_due on delivery_confirmation (next_at) where state in ('due', 'asked');

-- N-EVENT-REPORT as it came, written by the listener before it answers, read by a worker.
create table commitment_event (
    commitment_event_id bigint generated always as identity primary key,
    received_at timestamptz not null,
    calling_ae text not null,
    event_type integer not null,
    transfer_syntax_uid text not null,
    data_set bytea not null check (octet_length(data_set) between 1 and 4194304),
    handled_at timestamptz,
    outcome text,
    check ((handled_at is null) = (outcome is null))
);
create index commitment_event_waiting on commitment_event (commitment_event_id) where handled_at is null;
