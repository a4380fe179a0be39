// `/composite/tree/X`: up to 200 new rows of one object and of what hangs below it, all of them kept or none.

import type { Context, Handler } from './context.ts';
import { methodNotAllowed, notFound, rowError, SalesforceError } from './errors.ts';
import { isRecord, json, jsonBody } from './http.ts';
import { createOne } from './row-writes.ts';
import { type Field, findObject, objectNamed, type SObject } from './schema.ts';
import { limitExceeded } from './subrequests.ts';

interface Node {
  object: SObject;
  referenceId: string;
  fields: Record<string, unknown>;
  /** The node it hangs below, and the field that says so. */
  parent?: Node;
  by?: Field;
}

const MAX_ROWS = 200;
const MAX_LEVELS = 5;

export const tree: Handler = (context, call, segments) => {
  const object = findObject(context.org.schema, segments[2] ?? '');
  if (object === undefined || segments[3] !== undefined) throw notFound();
  if (call.method !== 'POST') throw methodNotAllowed(call.method, 'POST');
  const nodes = nodesOf(context, object, jsonBody(call).records);
  try {
    const results = context.org.store.attempt(() => createAll(context, nodes));
    return json(201, { hasErrors: false, results });
  } catch (error) {
    if (!(error instanceof TreeFailure)) throw error;
    const results = [{ referenceId: error.referenceId, errors: [rowError(error.reason)] }];
    return json(400, { hasErrors: true, results });
  }
};

/** The first row that cannot be created, which takes all others back. */
class TreeFailure extends Error {
  readonly referenceId: string;
  readonly reason: SalesforceError;

  constructor(referenceId: string, reason: SalesforceError) {
    super(reason.message);
    this.referenceId = referenceId;
    this.reason = reason;
  }
}

function createAll(context: Context, nodes: Node[]): { referenceId: string; id: string }[] {
  const ids = new Map<Node, string>();
  return nodes.map((node, place) => {
    const { object, referenceId, fields, parent, by } = node;
    const input = parent === undefined || by === undefined ? fields : { ...fields, [by.name]: ids.get(parent) };
    try {
      const id = createOne(context, object, input, place);
      ids.set(node, id);
      return { referenceId, id };
    } catch (error) {
      if (!(error instanceof SalesforceError)) throw error;
      throw new TreeFailure(referenceId, error);
    }
  });
}

/** All rows of the trees, a level after the other. */
function nodesOf(context: Context, object: SObject, records: unknown): Node[] {
  const nodes: Node[] = [];
  let level: Waiting[] = waitingIn(records, object);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_LEVELS) throw limitExceeded(`Cannot have more than ${MAX_LEVELS} levels`);
    const below: Waiting[] = [];
    for (const waiting of level) {
      const { node, children } = nodeOf(context, waiting);
      nodes.push(node);
      below.push(...children);
    }
    level = below;
  }
  if (nodes.length > MAX_ROWS) throw limitExceeded(`Cannot have more than ${MAX_ROWS} records`);
  if (new Set(nodes.map(({ referenceId }) => referenceId)).size < nodes.length)
    throw invalidInput('Duplicate ReferenceId provided in the request.');
  return nodes;
}

/** A record of the request, and what it has to be. */
interface Waiting {
  record: Record<string, unknown>;
  object: SObject;
  parent?: Node;
  by?: Field;
}

function waitingIn(records: unknown, object: SObject, below: Pick<Waiting, 'parent' | 'by'> = {}): Waiting[] {
  if (!Array.isArray(records) || records.length === 0) throw invalidInput('records must be a list of records');
  return records.map((record: unknown) => {
    if (!isRecord(record)) throw invalidInput('each record must be an object');
    return { record, object, ...below };
  });
}

function nodeOf(context: Context, { record, object, ...above }: Waiting): { node: Node; children: Waiting[] } {
  const { attributes, ...values } = record;
  const { type, referenceId } = isRecord(attributes) ? attributes : {};
  if (typeof referenceId !== 'string' || !/^[A-Za-z0-9]/.test(referenceId))
    throw invalidInput('Include a reference ID for each record in the request.');
  if (typeof type !== 'string' || objectNamed(context.org.schema, type) !== object)
    throw invalidInput(`Include the type ${object.name} for the record ${referenceId}.`);
  const node: Node = { object, referenceId, fields: {}, ...above };
  const children: Waiting[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (isRecord(value)) children.push(...childrenOf(context, node, name, value.records));
    else node.fields[name] = value;
  }
  return { node, children };
}

function childrenOf(context: Context, parent: Node, name: string, records: unknown): Waiting[] {
  for (const child of context.org.schema.values()) {
    const by = child.fields.find(
      (field) => field.referenceTo?.includes(parent.object.name) === true && field.childRelationshipName === name,
    );
    if (by !== undefined) return waitingIn(records, child, { parent, by });
  }
  throw new SalesforceError('INVALID_FIELD', `No such column '${name}' on sobject of type ${parent.object.name}`);
}

const invalidInput = (message: string): SalesforceError => new SalesforceError('INVALID_INPUT', message);
