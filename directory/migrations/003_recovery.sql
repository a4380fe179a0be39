-- Lost lanes are looked for among what is not settled; what is pending keeps when it was sent.

create index hr_event_unsettled on hr_event (sequence) where settled_at is null;

update account set pending = (
  select jsonb_object_agg(key, jsonb_build_object('value', value, 'sentAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
  from jsonb_each(pending))
where pending <> '{}';
