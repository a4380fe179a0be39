-- Imports: rows are staged, looked at, and then worked through in pages; each keeps what became of it.

create table import (
  id           bigint generated always as identity primary key,
  kind         text not null check (kind in ('people', 'accounts')),
  -- `file people.csv`, or the name of the application that the accounts came from.
  source       text not null,
  application  text references application on delete set null,
  options      jsonb not null default '{}',
  -- The titles of the file's columns, in their order.
  header       jsonb not null default '[]',
  state        text not null default 'staging' check (state in
                 ('staging', 'staged', 'running', 'paused', 'done', 'partly-failed', 'failed', 'cancelled')),
  -- How many rows there are of each verdict.
  counts       jsonb not null default '{}',
  failure      text,
  -- Where the run does something: a row ends once it has a result in each; nowhere: {''}.
  applications text[] not null default '{}',
  -- Who or what paused it, why and since when; null: it is not paused.
  pause        jsonb,
  -- Grows each time the import is run or its failed rows are tried again.
  run          integer not null default 0,
  created_by   text not null,
  created_at   timestamptz not null default now(),
  staged_at    timestamptz,
  run_by       text,
  run_at       timestamptz,
  ended_at     timestamptz
);

create table import_row (
  import           bigint not null references import on delete cascade,
  -- The line of the file; of people who are missing there, a number below zero.
  line             bigint not null,
  employee_number  text,
  -- The values as they stand in the file: a list by its header, or the object of a JSON line; or the attributes of the account.
  cells            jsonb not null,
  -- Who it is, for people to read.
  name             text,
  verdict          text,
  reason           text,
  -- What has to happen: HR events, and what differs, for people to read.
  events           jsonb,
  changes          jsonb,
  -- Managers come on a level before those who report to them.
  level            integer not null default 0,
  -- The order of work, without gaps among the rows that a run has to do; null: nothing to do.
  position         bigint,
  -- waiting: staged. claimed: written to the directory, applications at work. The rest are ends.
  state            text check (state in ('waiting', 'claimed', 'done', 'failed', 'handed', 'skipped')),
  event_id         text,
  primary key (import, line)
-- What a run changes is in no index, and has room beside what it replaces.
) with (fillfactor = 50);
create index import_row_position on import_row (import, position) where position is not null;
create index import_row_person on import_row (import, employee_number);
create index import_row_verdict on import_row (import, verdict, line);

-- What became of a row in each application.
create table import_result (
  import       bigint not null,
  line         bigint not null,
  application  text not null,
  outcome      text not null check (outcome in ('done', 'failed', 'unchanged', 'skipped')),
  native_id    text,
  failure      jsonb,
  primary key (import, line, application)
);

-- Blocks: rows whose accounts an application's bulk interface makes before their pages begin.
create table import_block (
  import       bigint not null references import on delete cascade,
  run          integer not null,
  application  text not null,
  after        bigint not null,
  -- What the application calls its job; null until there is one. A worker that takes over goes on with it.
  job          text,
  -- What became of every row is recorded.
  ended_at     timestamptz,
  primary key (import, run, application, after)
);

-- What a block asks for, row by row, before it is asked for; and what became of it.
create table import_creation (
  import           bigint not null,
  run              integer not null,
  application      text not null,
  after            bigint not null,
  line             bigint not null,
  employee_number  text not null,
  operation        jsonb not null,
  native_id        text,
  failure          jsonb,
  primary key (import, run, application, line),
  foreign key (import, run, application, after) references import_block on delete cascade
);
create index import_creation_block on import_creation (import, run, application, after, line);

-- The report entries of a page, packed, until the import ends: a page that is repeated answers what it did before.
create table import_page (
  import       bigint not null references import on delete cascade,
  application  text not null,
  after        bigint not null,
  run          integer not null,
  entries      text not null,
  primary key (import, application, after, run)
);

-- Events that a page of an import carries out itself: they are in no lane.
alter table hr_event add column import bigint;
create index hr_event_importing on hr_event (employee_number) where import is not null and settled_at is null;

-- What is known of people by the accounts that an application lists.
alter table application add column import_mappings jsonb not null default '[]';

-- A page records a thousand grants in one statement: that they have accounts is looked up once a person, not once a grant.
alter table "grant" drop constraint grant_employee_number_application_fkey;
create function grants_need_accounts() returns trigger language plpgsql as $$
declare
  orphan record;
begin
  select employee_number, application into orphan
  from (select distinct employee_number, application from granted) as holder
  where (
    select true from account
    where account.employee_number = holder.employee_number and account.application = holder.application
    limit 1 for key share) is null
  limit 1;
  if found then
    raise foreign_key_violation using
      message = format('grant: %s has no account in %s', orphan.employee_number, orphan.application);
  end if;
  return null;
end $$;
create trigger grants_need_accounts after insert on "grant" referencing new table as granted
  for each statement execute function grants_need_accounts();
create function grants_end_with_accounts() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    truncate "grant";
  else
    delete from "grant" using gone
    where "grant".employee_number = gone.employee_number and "grant".application = gone.application;
  end if;
  return null;
end $$;
create trigger grants_end_with_accounts after delete on account referencing old table as gone
  for each statement execute function grants_end_with_accounts();
create trigger grants_end_with_all_accounts after truncate on account
  for each statement execute function grants_end_with_accounts();
