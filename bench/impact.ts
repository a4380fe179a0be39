/**
 * What a changed policy means for ten thousand people, asked of an empty directory of a PostgreSQL server (DATABASE_URL; what is in
 * the database stays): seconds and memory, beside working out everybody's account once. Run: npm run bench:impact -- [people].
 * Prints one JSON line last.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { wantedAccount } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import { connectorTypes } from '#connectors/registry.ts';
import { applyConfig } from '#client/config-apply.ts';
import { planConfig } from '#client/config-change.ts';
import { readConfig } from '#client/config-reading.ts';
import { streamImpact, summariseImpact } from '#client/impact.ts';
import { openDirectory } from '#directory/database.ts';
import { migrate } from '#directory/migrate.ts';
import { streamPeople } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';

