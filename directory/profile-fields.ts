/** Which profile fields this directory knows. */
import { DEFAULT_PROFILE_FIELDS, type ProfileField } from '#domain/profile-field.ts';
import type { Queries } from './database.ts';

/** The fields, in the order administrators see them. */
export async function listProfileFields(sql: Queries): Promise<ProfileField[]> {
  return sql<
    ProfileField[]
  >`select name, label, type, required, is_unique as "unique", format, custom from profile_field order by position`;
}

/** Adds the default fields that are missing; leaves those that were edited. Safe to repeat. */
export async function seedProfileFields(sql: Queries): Promise<void> {
  const rows = DEFAULT_PROFILE_FIELDS.map(({ unique, ...field }, position) => ({
    ...field,
    is_unique: unique,
    position,
  }));
  await sql`insert into profile_field ${sql(rows)} on conflict (name) do nothing`;
}

/** Adds or replaces a field's definition; a new one comes last. Safe to repeat. */
export async function saveProfileField(sql: Queries, { unique, ...field }: ProfileField): Promise<void> {
  const position = sql`(select coalesce(max(position), 0) + 1 from profile_field)`;
  await sql`
    insert into profile_field (name, label, type, required, is_unique, format, custom, position)
    values (${field.name}, ${field.label}, ${field.type}, ${field.required}, ${unique}, ${field.format}, ${field.custom}, ${position})
    on conflict (name) do update set label = excluded.label, type = excluded.type, required = excluded.required,
      is_unique = excluded.is_unique, format = excluded.format`;
}

/** Forgets a field's definition. Safe to repeat. */
export async function deleteProfileField(sql: Queries, name: string): Promise<void> {
  await sql`delete from profile_field where name = ${name}`;
}
