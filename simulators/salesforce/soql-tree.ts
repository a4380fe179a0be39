// A SOQL statement as a tree.

import type { DayRange } from './soql-dates.ts';

export const AGGREGATES = ['COUNT', 'COUNT_DISTINCT', 'MIN', 'MAX', 'SUM', 'AVG'] as const;

export interface Query {
  soql: string;
  /** COUNT() selects no fields at all. */
  count: boolean;
  fields: Path[];
  aggregates: Aggregate[];
  children: Query[];
  object: Path;
  where: Condition | undefined;
  groupBy: Path[];
  orderBy: Order[];
  limit: number | undefined;
  offset: number;
}

export interface Path {
  names: string[];
  at: number;
  /** A name of its own for the column, in a query that groups. */
  alias?: string;
}

export interface Aggregate {
  name: AggregateName;
  path: Path;
  alias?: string;
}

export type AggregateName = (typeof AGGREGATES)[number];

export interface Order {
  /** Only a query that groups can be ordered by an aggregate. */
  by: Path | Aggregate;
  descending: boolean;
  nullsLast: boolean;
}

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=' | 'LIKE';

export interface Literal {
  kind: 'string' | 'number' | 'date' | 'datetime' | 'boolean' | 'null' | 'dateLiteral';
  text: string;
  /** What a date literal stands for. */
  days?: DayRange;
}

export type Condition =
  | { kind: 'and'; terms: Condition[] }
  | { kind: 'or'; terms: Condition[] }
  | { kind: 'not'; term: Condition }
  | { kind: 'compare'; path: Path; operator: Operator; value: Literal }
  | { kind: 'in'; path: Path; negated: boolean; values: Literal[] | Query };

export const isAggregate = (by: Path | Aggregate): by is Aggregate => 'path' in by;

/** Whether a query is answered with groups of rows. */
export const isGrouped = (query: Query): boolean => query.groupBy.length > 0 || query.aggregates.length > 0;
