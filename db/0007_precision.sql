-- A result says with which profile its network computed: float32, or the fast one with factors in bfloat16. All results
-- before this column were made in float32.

alter table segmentation add column precision text not null default 'fp32' check (precision in ('fp32', 'fast'));
alter table segmentation alter column precision drop default;
