/** Config: profile fields, groups and applications as one whole, the way the directory holds them and a file says them. */
import type { Application } from '#domain/application.ts';
import type { Group } from '#domain/group.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import { listApplications, type StoredApplication } from '#directory/applications.ts';
import type { Queries } from '#directory/database.ts';
import { listGroups, listMembers } from '#directory/groups.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import { rulesOf } from './applications.ts';

/** A group with the employee numbers of those it names, in order. */
export interface NamedGroup extends Group {
  members: string[];
}

export interface Config {
  fields: ProfileField[];
  groups: NamedGroup[];
  applications: Application[];
}

/** What the directory holds, with the sealed secrets beside it. */
export interface HeldConfig extends Config {
  stored: StoredApplication[];
}

/** Everything as it is now. Run it in a transaction where the parts must be of one moment. */
export async function loadConfig(sql: Queries): Promise<HeldConfig> {
  const stored = await listApplications(sql);
  const groups = await listGroups(sql);
  const members = await listMembers(sql);
  return {
    fields: await listProfileFields(sql),
    groups: groups.map((group) => ({
      ...group,
      children: group.children.toSorted(),
      members: members.get(group.name) ?? [],
    })),
    applications: stored.map(rulesOf),
    stored,
  };
}
