-- A result may be more than its SEG: a measurement report and a picture, each sent where the site wants it. With an
-- outcome of nothing_found there is no SEG, and the report alone says so.

create table result_object (
    result_object_id bigint generated always as identity primary key,
    segmentation_id bigint not null references segmentation,
    kind text not null check (kind in ('report', 'picture')),
    sop_instance_uid text not null unique,
    series_instance_uid text not null,
    path text not null,
    file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
    unique (segmentation_id, kind)
);
create trigger result_object_append_only before update or delete on result_object
    for each row execute function refuse_change();

-- One delivery a result, destination and kind of object.
alter table delivery add column kind text not null default 'seg' check (kind in ('seg', 'report', 'picture'));
alter table delivery drop constraint delivery_segmentation_id_destination_key;
alter table delivery add constraint delivery_segmentation_id_destination_kind_key
    unique (segmentation_id, destination, kind);
