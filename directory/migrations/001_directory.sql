-- The directory: people, the applications they get accounts in, what Joinery gave them, and what HR said.

create table profile_field (
  name      text primary key check (name ~ '^[a-z][A-Za-z0-9]{0,62}$'),
  label     text not null,
  required  boolean not null default false,
  position  integer not null
);

create table person (
  employee_number  text primary key,
  status           text not null check (status in ('expected', 'active', 'left')),
  profile          jsonb not null,
  manager          text generated always as (profile ->> 'managerEmployeeNumber') stored,
  version          integer not null default 1,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);
create index person_manager on person (manager) where manager is not null;

create table application (
  name                text primary key check (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  label               text not null,
  connector           text not null,
  settings            jsonb not null,
  sealed_secret       jsonb not null,
  enabled             boolean not null default true,
  scope               text not null default 'true',
  username_attribute  text not null,
  mappings            jsonb not null,
  correlation         jsonb not null,
  birthrights         jsonb not null,
  version             integer not null default 1,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now()
);

create table account (
  employee_number    text not null references person,
  application        text not null references application,
  native_id          text not null,
  username           text not null,
  status             text not null check (status in ('active', 'frozen', 'inactive')),
  manager_native_id  text,
  seen_at            timestamptz not null default now(),
  primary key (employee_number, application),
  unique (application, native_id)
);

-- "grant" is a reserved word of SQL; the table keeps the field's word all the same.
create table "grant" (
  employee_number  text not null,
  application      text not null,
  type             text not null,
  name             text not null,
  reason           text not null,
  event_id         text not null,
  granted_at       timestamptz not null default now(),
  primary key (employee_number, application, type, name),
  foreign key (employee_number, application) references account on delete cascade
);

create table hr_event (
  sequence         bigint generated always as identity primary key,
  id               text not null unique,
  type             text not null check (type in ('joiner', 'mover', 'leaver', 'rescind', 'amend')),
  employee_number  text not null,
  target           text references hr_event (id),
  due_at           timestamptz,
  body             jsonb not null,
  body_sha256      text not null,
  source           text not null,
  state            text not null default 'accepted',
  outcome          jsonb,
  accepted_at      timestamptz not null default now(),
  signalled_at     timestamptz,
  settled_at       timestamptz
);
create index hr_event_unsignalled on hr_event (sequence) where signalled_at is null;
create index hr_event_person on hr_event (employee_number, sequence);

create table mail (
  message_id       text primary key,
  event_id         text not null,
  kind             text not null,
  employee_number  text not null,
  recipient        text not null,
  state            text not null check (state in ('claimed', 'handed-over', 'sent', 'refused')),
  answer           text,
  updated_at       timestamptz not null default now()
);
create index mail_person on mail (employee_number);

create table api_key (
  id            bigint generated always as identity primary key,
  name          text not null,
  role          text not null check (role in ('viewer', 'operator', 'administrator')),
  key_sha256    text not null unique,
  created_at    timestamptz not null default now(),
  last_used_at  timestamptz,
  revoked_at    timestamptz
);

create table audit (
  sequence  bigint generated always as identity primary key,
  at        timestamptz not null default now(),
  actor     text not null,
  action    text not null,
  subject   text not null,
  detail    jsonb not null
);
