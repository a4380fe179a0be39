// A simulator for each test, and short ways to talk to it over HTTP.

import { afterEach, beforeEach } from 'vitest';

import { type RunningSimulator, startSalesforceSimulator } from '#simulators/salesforce/server.ts';

export interface Reply {
  status: number;
  headers: Headers;
  body: Body;
}

/** An answer, parsed where it is JSON, typed for what the tests look into; an expectation that is wrong fails as such. */
export interface Body extends Array<Body> {
  [field: string]: unknown;
  id: string;
  records: Body;
  totalSize: number;
  nextRecordsUrl: string;
  errorCode: string;
  message: string;
  success: boolean;
  compositeResponse: Body;
  requests: Body;
  hits: number;
}

export interface Org {
  url: string;
  token: string;
  /** Calls the data API of version 67.0 as the integration user. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  query(soql: string): Promise<Body>;
  /** The records' values of one field. */
  values(soql: string, field: string): Promise<unknown[]>;
  admin(method: string, path: string, body?: unknown): Promise<Body>;
  idOf(object: string, field: string, value: string): Promise<string>;
  createUser(fields?: object): Promise<string>;
  /** The fields of a valid user, with these changed. */
  user(fields?: object): Promise<Record<string, unknown>>;
}

/** Starts a simulator before each test and stops it afterwards. */
export function useOrg(): () => Org {
  let running: RunningSimulator | undefined;
  let org: Org | undefined;
  beforeEach(async () => {
    running = await startSalesforceSimulator({ port: 0, host: '127.0.0.1' });
    org = await connect(running.url);
  });
  afterEach(async () => {
    await running?.close();
  });
  return () => {
    if (org === undefined) throw new Error('the simulator is not running');
    return org;
  };
}

let made = 0;

/** Logs in with the client-credentials flow of the demo app. */
export async function connect(url: string): Promise<Org> {
  const login = await requestToken(url, {
    grant_type: 'client_credentials',
    client_id: 'joinery-demo',
    client_secret: 'joinery-demo-secret',
  });
  const token = String(login.body.access_token);
  const call: Org['call'] = (method, path, body, headers = {}) =>
    send(`${url}/services/data/v67.0${path}`, method, body, { authorization: `Bearer ${token}`, ...headers });
  const query = async (soql: string): Promise<Body> => (await call('GET', `/query?q=${encodeURIComponent(soql)}`)).body;
  const values: Org['values'] = async (soql, field) => [...(await query(soql)).records].map((row) => row[field]);
  const idOf: Org['idOf'] = async (object, field, value) => {
    const [id] = await values(`SELECT Id FROM ${object} WHERE ${field} = '${value}'`, 'Id');
    if (typeof id !== 'string') throw new Error(`no ${object} with ${field} ${value}`);
    return id;
  };
  const user: Org['user'] = async (fields = {}) => {
    made += 1;
    return {
      Username: `user${made}@acme.example`,
      LastName: 'Doe',
      FirstName: 'Jane',
      Email: `user${made}@acme.example`,
      Alias: 'jdoe',
      TimeZoneSidKey: 'America/New_York',
      LocaleSidKey: 'en_US',
      EmailEncodingKey: 'UTF-8',
      LanguageLocaleKey: 'en_US',
      ProfileId: await idOf('Profile', 'Name', 'Sales User'),
      ...fields,
    };
  };
  const createUser: Org['createUser'] = async (fields) => {
    const reply = await call('POST', '/sobjects/User', await user(fields));
    if (reply.status !== 201) throw new Error(`not created: ${JSON.stringify(reply.body)}`);
    return String(reply.body.id);
  };
  const admin: Org['admin'] = async (method, path, body) => (await send(`${url}/simulator${path}`, method, body)).body;
  return { url, token, call, query, values, admin, idOf, user, createUser };
}

export async function requestToken(url: string, form: Record<string, string>): Promise<Reply> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return read(
    await fetch(`${url}/services/oauth2/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form).toString(),
    }),
  );
}

export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  return read(await fetch(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...content }));
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
}
