-- Policy: what a profile field takes, groups, how each application treats accounts, and plans that are read before they are applied.

alter table profile_field
  add column type text not null default 'text' check (type in ('text', 'number', 'boolean', 'date')),
  add column is_unique boolean not null default false,
  add column format text,
  add column custom boolean not null default true;
update profile_field set custom = false;
update profile_field set format = 'email' where name in ('email', 'privateEmail');
update profile_field set format = 'time-zone' where name = 'timeZone';
update profile_field set format = 'country' where name = 'country';

alter table person add column start_date date;
-- People are listed by name and searched by free text: both as one lower-case text each, so that no query reads the profile.
alter table person
  add column sort_name text generated always as (
    lower(coalesce(profile ->> 'familyName', '') || ', ' || coalesce(profile ->> 'givenName', ''))
  ) stored,
  add column search_text text generated always as (
    lower(employee_number || E'\n' || coalesce(profile ->> 'givenName', '') || ' ' || coalesce(profile ->> 'familyName', '')
      || E'\n' || coalesce(profile ->> 'displayName', '') || E'\n' || coalesce(profile ->> 'email', ''))
  ) stored;
create index person_sort_name on person (sort_name, employee_number);

create table person_group (
  name        text primary key check (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._&-]{0,99}$'),
  label       text not null,
  rule        text,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);
create table group_child (
  parent  text not null references person_group on delete cascade on update cascade,
  child   text not null references person_group on delete cascade on update cascade,
  primary key (parent, child)
);
-- People who are members by name; those by rule follow from the rule.
create table membership (
  group_name       text not null references person_group on delete cascade on update cascade,
  employee_number  text not null references person on delete cascade,
  primary key (employee_number, group_name)
);
create index membership_group on membership (group_name, employee_number);

-- Grows with every change of fields and groups, so that who has compiled expressions knows when they are old.
create table policy_version (version bigint not null);
insert into policy_version values (1);
create function policy_changed() returns trigger language plpgsql as $$
begin
  update policy_version set version = version + 1;
  return null;
end $$;
create trigger policy_changed after insert or update or delete on profile_field
  for each statement execute function policy_changed();
create trigger policy_changed after insert or update or delete on person_group
  for each statement execute function policy_changed();
create trigger policy_changed after insert or update or delete on group_child
  for each statement execute function policy_changed();

alter table application
  add column mode text not null default 'provision' check (mode in ('provision', 'link-only')),
  add column toggles jsonb not null default
    '{"importUsers": true, "createUser": true, "editUser": true, "deleteUser": true, "passwordSync": true}',
  add column removal jsonb not null default '{"leaver": "deactivate", "outOfScope": "deactivate", "deleteAfterDays": 0}',
  add column protect jsonb not null default '[]',
  add column group_push jsonb not null default '[]';

alter table account
  -- When an account that was taken out of use is to be deleted.
  add column delete_at timestamptz,
  -- It was closed when it was taken over: not by Joinery, which therefore does not open it by itself.
  add column closed_elsewhere boolean not null default false;
create index account_delete_at on account (delete_at) where delete_at is not null;

create table plan (
  id          bigint generated always as identity primary key,
  selection   jsonb not null,
  state       text not null default 'making' check (state in ('making', 'made', 'failed')),
  summary     jsonb,
  sha256      text,
  created_by  text not null,
  created_at  timestamptz not null default now(),
  made_at     timestamptz,
  applied_by  text,
  applied_at  timestamptz
);
create table plan_item (
  plan             bigint not null references plan on delete cascade,
  employee_number  text not null,
  application      text not null,
  item             jsonb not null,
  primary key (plan, employee_number, application)
);
