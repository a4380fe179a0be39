/** What activities need of the outside; worker/dependencies.ts builds it once. */
import type { Expressions } from '#domain/expression.ts';
import type { Sql } from '#directory/database.ts';
import type { Connections } from './connections.ts';
import type { Alarm } from './alarm.ts';
import type { Mailer } from './mail/mailer.ts';

export interface Dependencies {
  directory: Sql;
  connections: Connections;
  /** The expression language over the profile fields as they are now. */
  expressions: () => Promise<Expressions>;
  mailer: Mailer;
  /** Tells the operators what they must know at once. */
  alarm: Alarm;
  /** For people whose time zone nobody knows. */
  defaultTimeZone: string;
}
