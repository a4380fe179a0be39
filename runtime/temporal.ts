/** The connection to Temporal, and what a namespace needs before the first workflow runs in it. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, type ClientOptions } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import type { TemporalTarget } from '#runtime/config.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const usableWithinMs = 15_000;

const indexedType = {
  TEXT: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  BOOL: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} satisfies Record<SearchAttributeType, number>;

/** A search attribute as the namespace knows it; `defineSearchAttributeKey` gives values of this shape. */
export interface SearchAttribute {
  name: string;
  type: SearchAttributeType;
}

/**
 * Connects to Temporal and answers with the connection and a client for the configured namespace. The caller closes
 * the connection. Throws when the server does not answer within the SDK's connect timeout (10 s).
 */
export async function connectTemporal(
  config: { temporal: TemporalTarget },
  options: Pick<ClientOptions, 'dataConverter' | 'interceptors'> = {},
): Promise<{ connection: Connection; client: Client }> {
  const { address, namespace, connectionOptions } = config.temporal;
  try {
    const connection = await Connection.connect(connectionOptions);
    return { connection, client: new Client({ connection, namespace, ...options }) };
  } catch (cause) {
    throw new Error(`temporal: connect to ${address}: ${(cause as Error).message}. Is the server running there?`, {
      cause,
    });
  }
}

/**
 * Registers the search attributes and returns when queries can use them. Safe to repeat. Throws when one exists with
 * another type, and when the namespace does not know them after 15 s.
 */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  attributes: readonly SearchAttribute[],
): Promise<void> {
  const known = (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  for (const { name, type } of attributes) {
    if (known[name] !== undefined && known[name] !== indexedType[type]) {
      throw new Error(
        `temporal: register search attributes: ${name} exists in namespace ${namespace} with another type than ${type}. ` +
          `Rename it there (temporal operator search-attribute) or use another namespace`,
      );
    }
  }
  const missing = attributes.filter(({ name }) => known[name] === undefined);
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map(({ name, type }) => [name, indexedType[type]]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  }
  await waitUntilUsable(connection, namespace, attributes);
}

/**
 * Makes the namespace keep closed workflows for at least `days`; a longer retention stays as it is. Safe to repeat.
 * Call it before the first workflow closes: its deletion is timed at that moment.
 */
export async function ensureNamespaceRetention(connection: Connection, namespace: string, days: number): Promise<void> {
  const wantedSeconds = days * 86_400;
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= wantedSeconds) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(wantedSeconds * 1000) },
  });
}

/** A server accepts new search attributes at once but knows them in queries some 20 to 80 ms later. */
async function waitUntilUsable(connection: Connection, namespace: string, attributes: readonly SearchAttribute[]) {
  const query = attributes.map(({ name }) => `${name} IS NULL`).join(' AND ');
  const deadline = Date.now() + usableWithinMs;
  for (;;) {
    try {
      await connection.workflowService.countWorkflowExecutions({ namespace, query });
      return;
    } catch (cause) {
      if (Date.now() > deadline) {
        const names = attributes.map(({ name }) => name).join(', ');
        throw new Error(`temporal: search attributes ${names} are not usable in ${namespace} after 15 s`, { cause });
      }
      await delay(20);
    }
  }
}
