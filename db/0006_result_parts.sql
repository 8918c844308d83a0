-- A destination may take a result in a form of its own (fewer frames or segments an object, a label map): then its SEG is
-- one or several objects beside the record, and each delivery names the very object that it sends.

alter table result_object drop constraint result_object_kind_check;
alter table result_object add constraint result_object_kind_check check (kind in ('seg', 'report', 'picture'));
alter table result_object drop constraint result_object_segmentation_id_kind_key;
create index result_object_segmentation_id on result_object (segmentation_id);

alter table delivery add column result_object_id bigint references result_object;
update delivery d set result_object_id = o.result_object_id
    from result_object o where o.segmentation_id = d.segmentation_id and o.kind = d.kind;
alter table delivery drop constraint delivery_segmentation_id_destination_kind_key;
create unique index delivery_object on delivery (segmentation_id, destination, kind, coalesce(result_object_id, 0));
