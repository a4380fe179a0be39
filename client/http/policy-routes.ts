/** Profile fields and groups over HTTP: listed by everybody, changed by administrators. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { listProfileFields } from '#directory/profile-fields.ts';
import type { Sql } from '#directory/database.ts';
import type { PeopleFilter } from '#directory/people.ts';
import type { Logger } from '#runtime/logger.ts';
import { membersOf, sizeOf } from '../group-members.ts';
import {
  addToGroup,
  dropFromGroup,
  removeGroup,
  renameGroup,
  saveGroup,
  showGroups,
  type GroupLine,
  type GroupSaved,
  type MembersChanged,
} from '../groups.ts';
import { defineProfileField, removeProfileField } from '../profile-fields.ts';
import { tellRefusal } from '../policy-refusals.ts';
import { routes } from './api.ts';
import type { Open } from './app.ts';
import { HttpFailure } from './failures.ts';
import type { Variables } from './gate.ts';
import { streamed } from './stream.ts';

interface PolicyRoutesOptions {
  directory: Sql;
  log: Pick<Logger, 'error'>;
}

/** Adds the routes of profile fields and groups to the API. */
export function addPolicyRoutes(
  app: OpenAPIHono<Variables>,
  open: Open,
  { directory, log }: PolicyRoutesOptions,
): void {
  app.openapi(open(routes.profileFields, 'viewer'), async (c) => {
    const fields = await listProfileFields(directory);
    return c.json(
      fields.map((field) => ({ ...field })),
      200,
    );
  });

  app.openapi(open(routes.defineProfileField, 'administrator'), async (c) => {
    const { name } = c.req.valid('param');
    const saved = await defineProfileField(directory, { name, ...c.req.valid('json') }, `key:${c.var.key.name}`);
    if (saved.result !== 'saved') throw refused(name, saved);
    return c.json({ field: saved.field, changed: saved.changed, affected: saved.affected }, 200);
  });

  app.openapi(open(routes.removeProfileField, 'administrator'), async (c) => {
    const { name } = c.req.valid('param');
    const forgetValues = c.req.valid('query').forgetValues === 'true';
    const removed = await removeProfileField(directory, name, { forgetValues, actor: `key:${c.var.key.name}` });
    if (removed.result === 'unknown') throw new HttpFailure(404, 'not-found', `there is no profile field ${name}`);
    if (removed.result !== 'removed') throw refused(name, removed);
    return c.json({ forgotten: removed.forgotten }, 200);
  });

  app.openapi(open(routes.groups, 'viewer'), async (c) => c.json(await showGroups(directory), 200));

  app.openapi(open(routes.group, 'viewer'), async (c) => c.json(await groupOf(c.req.valid('param').name), 200));

  app.openapi(open(routes.members, 'viewer'), async (c) => {
    const group = await groupOf(c.req.valid('param').name);
    c.header('Content-Type', 'application/x-ndjson');
    // Its types take lines of JSON for one JSON value.
    return c.body(await streamed(memberLines(directory, group, c.req.valid('query')), log)) as never;
  });

  app.openapi(open(routes.saveGroup, 'administrator'), async (c) => {
    const { name } = c.req.valid('param');
    const definition = { name, ...c.req.valid('json') };
    return c.json(stored(name, await saveGroup(directory, definition, `key:${c.var.key.name}`)), 200);
  });

  app.openapi(open(routes.renameGroup, 'administrator'), async (c) => {
    const { name } = c.req.valid('param');
    const { to } = c.req.valid('json');
    return c.json(stored(name, await renameGroup(directory, name, to, `key:${c.var.key.name}`)), 200);
  });

  app.openapi(open(routes.removeGroup, 'administrator'), async (c) => {
    const { name } = c.req.valid('param');
    const removed = await removeGroup(directory, name, `key:${c.var.key.name}`);
    if (removed.result === 'unknown') throw noGroup(name);
    if (removed.result !== 'removed') throw refused(name, removed);
    return c.body(null, 204);
  });

  app.openapi(open(routes.addMembers, 'administrator'), async (c) => {
    const { name } = c.req.valid('param');
    const { people } = c.req.valid('json');
    return c.json(changed(name, await addToGroup(directory, name, people, `key:${c.var.key.name}`)), 200);
  });

  app.openapi(open(routes.dropMembers, 'administrator'), async (c) => {
    const { name } = c.req.valid('param');
    const { people } = c.req.valid('json');
    return c.json(changed(name, await dropFromGroup(directory, name, people, `key:${c.var.key.name}`)), 200);
  });

  async function groupOf(name: string): Promise<GroupLine> {
    const group = (await showGroups(directory)).find((one) => one.name === name);
    if (!group) throw noGroup(name);
    return group;
  }
}

/** The group with its size, then its members. */
async function* memberLines(directory: Sql, group: GroupLine, filter: PeopleFilter): AsyncGenerator<string> {
  yield `${JSON.stringify({ ...group, ...(await sizeOf(directory, group.name, filter)) })}\n`;
  for await (const member of membersOf(directory, group.name, filter)) yield `${JSON.stringify(member)}\n`;
}

function stored(name: string, saved: GroupSaved) {
  if (saved.result === 'unknown') throw noGroup(name);
  if (saved.result !== 'saved') throw refused(name, saved);
  return { group: saved.group, changed: saved.changed, affected: saved.affected };
}

function changed(name: string, members: MembersChanged) {
  if (members.result === 'unknown') throw noGroup(name);
  if (members.result !== 'changed') throw refused(name, members);
  return { people: members.people, affected: members.affected };
}

function refused(name: string, refusal: Parameters<typeof tellRefusal>[1]): HttpFailure {
  const { message, faults } = tellRefusal(name, refusal);
  const wrong = refusal.result === 'invalid' || refusal.result === 'nobody';
  return new HttpFailure(wrong ? 400 : 409, wrong ? 'invalid' : 'conflict', message, faults);
}

function noGroup(name: string): HttpFailure {
  return new HttpFailure(404, 'not-found', `there is no group ${name}`);
}
