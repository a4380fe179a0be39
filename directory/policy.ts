/** Policy: the profile fields and groups that expressions speak of, with the number of the state they are in. */
import type { Group } from '#domain/group.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import type { Queries } from './database.ts';
import { listGroups } from './groups.ts';
import { listProfileFields } from './profile-fields.ts';

export interface Policy {
  version: number;
  fields: ProfileField[];
  groups: Group[];
}

/** Grows with every change of profile fields and groups. */
export async function policyVersion(sql: Queries): Promise<number> {
  const [row] = await sql<{ version: number }[]>`select version from policy_version`;
  return row?.version ?? 0;
}

/** The policy as it is now. What is read may be newer than its version, never older. */
export async function loadPolicy(sql: Queries): Promise<Policy> {
  const version = await policyVersion(sql);
  const [fields, groups] = await Promise.all([listProfileFields(sql), listGroups(sql)]);
  return { version, fields, groups };
}

/** Lets nobody else change fields or groups, nor read them to hold what HR says against them, until the transaction ends. */
export async function lockPolicy(tx: Queries): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext('joinery policy'))`;
}

/** Keeps fields and groups as they are until the transaction ends; others may do so at the same time. */
export async function keepPolicy(tx: Queries): Promise<void> {
  await tx`select pg_advisory_xact_lock_shared(hashtext('joinery policy'))`;
}
