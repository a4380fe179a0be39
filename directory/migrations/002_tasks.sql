-- What waits for somebody, whose records went where, how an application stands, and what was sent and not yet confirmed.

create table task (
  id               bigint generated always as identity primary key,
  workflow_id      text not null,
  event_id         text not null references hr_event (id),
  employee_number  text not null,
  person           text not null,
  application      text not null references application,
  operation        text not null,
  kind             text not null,
  message          text not null,
  remedy           text,
  resource         text,
  state            text not null default 'open' check (state in ('open', 'mended', 'skipped', 'resolved', 'superseded')),
  attempts         integer not null default 1,
  opened_at        timestamptz not null default now(),
  escalated_at     timestamptz,
  closed_at        timestamptz,
  closed_by        text,
  note             text
);
create unique index task_open on task (event_id, application) where state = 'open';
create index task_waiting on task (application, resource, id) where state = 'open' and resource is not null;
create index task_person on task (employee_number);

create table record_move (
  application      text not null references application,
  object           text not null,
  record_id        text not null,
  event_id         text not null,
  employee_number  text not null,
  name             text not null,
  old_owner        text not null,
  new_owner        text not null,
  new_owner_name   text not null,
  moved_at         timestamptz,
  returned_at      timestamptz,
  primary key (application, event_id, object, record_id)
);
create index record_move_person on record_move (employee_number, application) where returned_at is null;

create table application_state (
  application   text primary key references application on delete cascade,
  paused_at     timestamptz,
  paused_by     text,
  pause_reason  text,
  api_used      integer,
  api_total     integer,
  api_seen_at   timestamptz
);

alter table application
  add column username_suffix text not null default '',
  add column transfer jsonb not null default '[]',
  add column api_reserve double precision not null default 0.1 check (api_reserve between 0 and 1);

alter table account add column pending jsonb not null default '{}';

create index hr_event_unsignalled_leaver on hr_event (due_at) where signalled_at is null and type = 'leaver';
