-- An account that was closed when it was taken over: not by Joinery, which therefore does not open it by itself.
alter table account add column closed_elsewhere boolean not null default false;
