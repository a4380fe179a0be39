// Runs a parsed query: which rows, in which order, and how each is shown with its parents and children.

import type { SalesforceError } from './errors.ts';
import { malformed, errorAt } from './soql-lex.ts';
import type { Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import type { Field, SObject } from './schema.ts';
import { groupRows } from './soql-group.ts';
import { isAggregate, isGrouped, type Path, type Query } from './soql-tree.ts';
import { parentObject, parentOf, queriedObject, resolveChildren, resolvePath, shownValue } from './soql-path.ts';
import { sorted } from './soql-order.ts';
import { compileWhere, type Filter, isId, notJoinable, type Subquery } from './soql-where.ts';

/** A row as the API shows it, and how many rows it is in all, its children included. */
export interface Shown {
  record: object;
  size: number;
}

/** Answers rows that may be more than a page. */
export type Paged = (rows: Row[], show: (row: Row) => Shown, pageSize: number) => object;

export interface QueryResult {
  rows: Row[];
  /** A row with the first page of its children. */
  show: (row: Row, paged: Paged) => Shown;
}

interface Selection {
  object: SObject;
  fields: Field[];
  parents: Map<Field, Selection>;
}

const MAX_CHILD_SUBQUERIES = 20;
/** Children of one row that come with it; the others are asked for page by page. */
const CHILD_PAGE = 200;

/** The rows a query selects, and the way to show one. Rows are shown late, so that only a page of them is built. */
export function runQuery(org: Org, query: Query, version: string, withDeleted: boolean): QueryResult {
  const object = queriedObject(org, query);
  if (query.children.length > MAX_CHILD_SUBQUERIES)
    throw malformed(query.soql, { kind: 'name', text: 'SELECT', at: 0 });
  const alias = query.fields.find((path) => path.alias !== undefined);
  if (alias !== undefined) throw ungrouped(query, alias);
  const rows = selectRows(org, object, query, () => everyRow(org, object, withDeleted), withDeleted);
  const showFields = shower(org, object, query, version);
  const showChildren = query.children.map((child) => childShower(org, object, child, version));
  return {
    rows,
    show: (row, paged) => {
      const record = showFields(row);
      let size = 1;
      for (const show of showChildren) size += show(row, record, paged);
      return { record, size };
    },
  };
}

/** The groups of rows that a query with aggregates or GROUP BY selects, as records. */
export function runGrouped(org: Org, query: Query, withDeleted: boolean): object[] {
  const object = queriedObject(org, query);
  // Order, limit and offset are about groups here, not about rows.
  const ungroupedQuery = { ...query, orderBy: [], limit: undefined, offset: 0 };
  const rows = selectRows(org, object, ungroupedQuery, () => everyRow(org, object, withDeleted), withDeleted);
  return groupRows(org, object, query, rows);
}

function ungrouped(query: Query, path: Path): SalesforceError {
  const message = 'only aggregate expressions use field aliasing and aggregate functions';
  return errorAt('MALFORMED_QUERY', query.soql, path.at, message);
}

function selectRows(org: Org, object: SObject, query: Query, source: () => Iterable<Row>, withDeleted = false): Row[] {
  const filter: Filter =
    query.where === undefined
      ? { test: () => true, candidates: undefined }
      : compileWhere(org, object, query.where, query.soql, subqueryValues(org));
  const candidates = withDeleted ? source() : (filter.candidates ?? source());
  const rows: Row[] = [];
  for (const row of candidates) if (filter.test(row)) rows.push(row);
  return sortRows(org, object, rows, query).slice(
    query.offset,
    query.limit === undefined ? undefined : query.offset + query.limit,
  );
}

function* everyRow(org: Org, object: SObject, withDeleted: boolean): Generator<Row> {
  // Only objects that know IsDeleted have a recycle bin to show.
  const showDeleted = withDeleted && object.byName.has('isdeleted');
  for (const row of org.store.rows(object.name)) if (showDeleted || row.IsDeleted !== true) yield row;
}

function subqueryValues(org: Org): Subquery {
  return (query) => {
    const path = query.fields[0];
    const selectsMore = query.fields.length > 1 || query.children.length > 0 || isGrouped(query);
    const isOrdered = query.orderBy.length > 0 || query.offset > 0 || query.limit !== undefined;
    if (path === undefined || selectsMore || isOrdered) {
      throw malformed(query.soql, { kind: 'name', text: 'SELECT', at: query.object.at });
    }
    const object = queriedObject(org, query);
    const { field, read } = resolvePath(org, object, path, query.soql);
    if (!isId(field)) throw notJoinable(field.name);
    return selectRows(org, object, query, () => everyRow(org, object, false)).map(read);
  };
}

function sortRows(org: Org, object: SObject, rows: Row[], query: Query): Row[] {
  if (query.orderBy.length === 0) return rows;
  const orders = query.orderBy.map((order) => {
    if (isAggregate(order.by)) throw ungrouped(query, order.by.path);
    return { ...order, ...resolvePath(org, object, order.by, query.soql) };
  });
  return sorted(rows, orders);
}

function shower(org: Org, object: SObject, query: Query, version: string): (row: Row) => Record<string, unknown> {
  const selection: Selection = { object, fields: [], parents: new Map() };
  for (const path of query.fields) {
    const { parents, field } = resolvePath(org, object, path, query.soql);
    let at = selection;
    for (const by of parents) {
      const next = at.parents.get(by) ?? {
        object: parentObject(org, by),
        fields: [],
        parents: new Map(),
      };
      at.parents.set(by, next);
      at = next;
    }
    if (at.fields.includes(field))
      throw errorAt('INVALID_FIELD', query.soql, path.at, `duplicate field selected: ${field.name}`);
    at.fields.push(field);
  }
  return (row) => showRow(org, selection, row, version);
}

function showRow(org: Org, selection: Selection, row: Row, version: string): Record<string, unknown> {
  const record: Record<string, unknown> = { attributes: attributesOf(selection.object, row, version) };
  for (const field of selection.fields) record[field.name] = shownValue(row, field);
  for (const [by, parent] of selection.parents) {
    const found = parentOf(org, row, by);
    record[by.relationshipName ?? by.name] = found === undefined ? null : showRow(org, parent, found, version);
  }
  return record;
}

export function attributesOf(object: SObject, row: Row, version: string): object {
  // A parent of one of several objects is of type `Name`, and its address that of the object it is.
  const name = object.name === 'Name' ? String(row.Type) : object.name;
  return { type: object.name, url: `/services/data/v${version}/sobjects/${name}/${row.Id}` };
}

function childShower(
  org: Org,
  object: SObject,
  query: Query,
  version: string,
): (row: Row, record: Record<string, unknown>, paged: Paged) => number {
  const { child, by } = resolveChildren(org, object, query);
  if (query.children.length > 0 || query.count || isGrouped(query))
    throw malformed(query.soql, { kind: 'name', text: 'SELECT', at: query.object.at });
  const show = shower(org, child, query, version);
  // The condition's own index would name rows of other parents too, so the parent's children are its only source.
  const { where, ...unfiltered } = query;
  const test = where === undefined ? () => true : compileWhere(org, child, where, query.soql, subqueryValues(org)).test;
  const showChild = (one: Row): Shown => ({ record: show(one), size: 1 });
  return (row, record, paged) => {
    const children = org.store.find(child.name, by.name, row.Id).filter(test);
    const selected = selectRows(org, child, { ...unfiltered, where: undefined }, () => children);
    const key = by.childRelationshipName ?? '';
    record[key] = selected.length === 0 ? null : paged(selected, showChild, CHILD_PAGE);
    return Math.min(selected.length, CHILD_PAGE);
  };
}
