// Short ways to run a Bulk API 2.0 job over HTTP.

import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';

import type { Org, Reply } from './harness.ts';

type Records = Record<string, string>[];

export interface Bulk {
  /** Opens a job and answers its id. */
  open(fields: object): Promise<string>;
  upload(id: string, csv: string, contentType?: string): Promise<Reply>;
  close(id: string): Promise<Reply>;
  /** Asks for a job until it has this state. */
  until(path: string, state: string): Promise<Record<string, unknown>>;
  text(path: string): Promise<Response>;
  results(id: string, kind: string): Promise<Records>;
  /** Opens, uploads, closes, and waits until the job is complete. */
  run(fields: object, rows: string[]): Promise<Record<string, unknown> & { id: string }>;
}

export function bulkOf(org: () => Org): Bulk {
  const raw = (method: string, path: string, headers: object = {}, body?: string): Promise<Response> =>
    fetch(`${org().url}/services/data/v67.0${path}`, {
      method,
      headers: { authorization: `Bearer ${org().token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const bulk: Bulk = {
    open: async (fields) => {
      const reply = await org().call('POST', '/jobs/ingest', fields);
      expect(reply.status).toBe(200);
      return reply.body.id;
    },
    upload: async (id, csv, contentType = 'text/csv') => {
      const response = await raw('PUT', `/jobs/ingest/${id}/batches`, { 'content-type': contentType }, csv);
      const text = await response.text();
      const body = (text === '' ? '' : JSON.parse(text)) as Reply['body'];
      return { status: response.status, headers: response.headers, body };
    },
    close: (id) => org().call('PATCH', `/jobs/ingest/${id}`, { state: 'UploadComplete' }),
    until: async (path, state) => {
      for (;;) {
        const { status, body } = await org().call('GET', path);
        expect(status).toBe(200);
        if (body['state'] === state) return body as unknown as Record<string, unknown>;
        if (['JobComplete', 'Failed', 'Aborted'].includes(String(body['state']))) throw new Error(JSON.stringify(body));
      }
    },
    text: (path) => raw('GET', path),
    results: async (id, kind) => {
      const response = await bulk.text(`/jobs/ingest/${id}/${kind}`);
      expect(response.status).toBe(200);
      return parse(await response.text(), { columns: true });
    },
    run: async (fields, rows) => {
      const id = await bulk.open(fields);
      expect((await bulk.upload(id, `${rows.join('\n')}\n`)).status).toBe(201);
      expect((await bulk.close(id)).status).toBe(200);
      return { ...(await bulk.until(`/jobs/ingest/${id}`, 'JobComplete')), id };
    },
  };
  return bulk;
}
