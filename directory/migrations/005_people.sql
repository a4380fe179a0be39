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
