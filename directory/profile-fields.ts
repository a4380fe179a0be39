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
