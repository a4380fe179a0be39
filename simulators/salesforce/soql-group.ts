// Groups rows for GROUP BY and aggregates. Without GROUP BY all rows are one group.

import { SalesforceError } from './errors.ts';
import type { FieldValue, Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import type { Field, FieldType, SObject } from './schema.ts';
import { errorAt } from './soql-lex.ts';
import { sorted, sortKey } from './soql-order.ts';
import { type ResolvedPath, resolvePath } from './soql-path.ts';
import { type Aggregate, type AggregateName, isAggregate, type Path, type Query } from './soql-tree.ts';

interface Column {
  alias: string;
  read: (rows: Row[]) => FieldValue;
}

const MAX_GROUPS = 2000;
const UNGROUPABLE: readonly FieldType[] = ['textarea', 'datetime', 'double', 'currency', 'address'];
const NUMBERS: readonly FieldType[] = ['int', 'double', 'currency'];
const AGGREGATED: Readonly<Record<AggregateName, (type: FieldType) => boolean>> = {
  COUNT: (type) => !['textarea', 'boolean', 'address'].includes(type),
  COUNT_DISTINCT: (type) => !['textarea', 'boolean', 'address'].includes(type),
  MIN: (type) => !['textarea', 'boolean', 'address', 'id', 'reference'].includes(type),
  MAX: (type) => !['textarea', 'boolean', 'address', 'id', 'reference'].includes(type),
  SUM: (type) => NUMBERS.includes(type),
  AVG: (type) => NUMBERS.includes(type),
};

export function isGroupable(field: Field): boolean {
  return field.filterable !== false && !UNGROUPABLE.includes(field.type);
}

/** One record for each group of the rows, in the order the query asks for. */
export function groupRows(org: Org, object: SObject, query: Query, rows: Row[]): object[] {
  if (query.children.length > 0) throw refusal(query, query.object, 'grouped queries have no child subqueries');
  const grouping = query.groupBy.map((path) => groupingOf(org, object, query, path));
  const columns = columnsOf(org, object, query);
  const groups = grouping.length === 0 ? [rows] : [...groupsOf(grouping, rows).values()];
  const orders = query.orderBy.map((order) => ({ ...order, ...reading(org, object, query, order.by) }));
  const end = query.limit === undefined ? undefined : query.offset + query.limit;
  const chosen = sorted(groups, orders).slice(query.offset, end);
  if (chosen.length > MAX_GROUPS) {
    const message = 'Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch';
    throw new SalesforceError('EXCEEDED_ID_LIMIT', message);
  }
  return chosen.map((group) => ({
    attributes: { type: 'AggregateResult' },
    ...Object.fromEntries(columns.map(({ alias, read }) => [alias, read(group)])),
  }));
}

function groupingOf(org: Org, object: SObject, query: Query, path: Path): ResolvedPath {
  const resolved = resolvePath(org, object, path, query.soql);
  if (isGroupable(resolved.field)) return resolved;
  throw refusal(query, path, `field '${resolved.field.name}' can not be grouped in a query call`);
}

/** The rows by the values they are grouped by; texts that differ only in case are the same. */
function groupsOf(grouping: ResolvedPath[], rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(grouping.map(({ field, read }) => sortKey(field, read(row))));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

function columnsOf(org: Org, object: SObject, query: Query): Column[] {
  let unnamed = 0;
  const columns: Column[] = [
    ...query.fields.map((path) => ({ alias: path.alias ?? path.names.at(-1) ?? '', by: path })),
    ...query.aggregates.map((by) => ({ alias: by.alias ?? `expr${unnamed++}`, by })),
  ].map(({ alias, by }) => ({ alias, read: reading(org, object, query, by).read }));
  const seen = new Set<string>();
  for (const { alias } of columns) {
    if (seen.has(alias.toLowerCase())) throw refusal(query, query.object, `duplicate alias: ${alias}`);
    seen.add(alias.toLowerCase());
  }
  return columns;
}

function reading(
  org: Org,
  object: SObject,
  query: Query,
  by: Path | Aggregate,
): { field: Field; read: (rows: Row[]) => FieldValue } {
  if (isAggregate(by)) return aggregation(org, object, query, by);
  const { field, read } = resolvePath(org, object, by, query.soql);
  const name = by.names.join('.').toLowerCase();
  if (!query.groupBy.some((path) => path.names.join('.').toLowerCase() === name))
    throw refusal(query, by, `Field must be grouped or aggregated: ${by.names.join('.')}`);
  return { field, read: ([first]) => (first === undefined ? null : read(first)) };
}

function aggregation(
  org: Org,
  object: SObject,
  query: Query,
  { name, path }: Aggregate,
): { field: Field; read: (rows: Row[]) => FieldValue } {
  const { field, read } = resolvePath(org, object, path, query.soql);
  if (!AGGREGATED[name](field.type))
    throw refusal(query, path, `field ${field.name} does not support aggregate operator ${name}`);
  return {
    field,
    read: (rows) =>
      aggregate(
        name,
        field,
        rows.map(read).filter((value) => value !== null),
      ),
  };
}

function aggregate(name: AggregateName, field: Field, values: Exclude<FieldValue, null>[]): FieldValue {
  if (name === 'COUNT') return values.length;
  if (name === 'COUNT_DISTINCT') return new Set(values.map((value) => sortKey(field, value))).size;
  if (values.length === 0) return null;
  if (name === 'MIN') return values.reduce((a, b) => (a <= b ? a : b));
  if (name === 'MAX') return values.reduce((a, b) => (a >= b ? a : b));
  const sum = values.reduce((total: number, value) => total + Number(value), 0);
  return name === 'SUM' ? sum : sum / values.length;
}

function refusal(query: Query, { at }: Path, message: string): SalesforceError {
  return errorAt('MALFORMED_QUERY', query.soql, at, message);
}
