-- A person may have a result sent again that was given up. The time within which its destination is tried counts from then,
-- not from the day on which the result was made.

alter table delivery add column revived_at timestamptz;
