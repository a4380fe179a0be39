// What one running simulator consists of, and how it answers a call when nothing is told to go wrong.

import { type DataApi, dataApi } from './data-api.ts';
import type { Faults } from './faults.ts';
import { type Answer, type Call, html, json } from './http.ts';
import { identity, revoke, token, userinfo } from './oauth.ts';
import type { InFlight } from './in-flight.ts';
import type { RequestLog } from './request-log.ts';
import type { Caller } from './row-rules.ts';
import { SOAP_LOGIN, soapLogin } from './soap-login.ts';

export interface Simulator extends Omit<DataApi, 'baseUrl'> {
  faults: Faults;
  log: RequestLog;
  inFlight: InFlight;
  /** Added to every call of Salesforce's own endpoints. */
  latencyMs: number;
}

const MAX_URI = 16_384;

/** Salesforce's answer, and whether it counted as an API call. */
export async function answerCall(
  simulator: Simulator,
  call: Call,
  orderedError?: Caller['orderedError'],
): Promise<{ answer: Answer; counted: boolean }> {
  const plain = (answer: Answer): { answer: Answer; counted: boolean } => ({ answer, counted: false });
  const { org } = simulator;
  const baseUrl = baseUrlOf(call);
  if (call.url.length > MAX_URI) return plain(html(414, '<html><body><h1>URI Too Long</h1></body></html>'));
  if (call.url.length + headerBytes(call) > MAX_URI) {
    return plain(html(431, '<html><body><h1>Request Header Fields Too Large</h1></body></html>'));
  }
  if (call.path.startsWith('/services/data')) return dataApi({ ...simulator, baseUrl }, call, orderedError);
  if (call.path === '/services/oauth2/token' && call.method === 'POST') return plain(await token(org, call, baseUrl));
  if (call.path === '/services/oauth2/revoke') return plain(revoke(org, call));
  if (call.path === '/services/oauth2/userinfo') return plain(userinfo(org, call, baseUrl));
  if (SOAP_LOGIN.test(call.path) && call.method === 'POST') return plain(soapLogin(org, call, baseUrl));
  if (call.path.startsWith('/id/')) return plain(identity(org, call, baseUrl));
  return plain(json(404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }]));
}

/** The simulator's address as the caller knows it, which in a container is not the one it listens on. */
function baseUrlOf(call: Call): string {
  return `http://${String(call.headers.host)}`;
}

function headerBytes(call: Call): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(call.headers)) bytes += name.length + String(value).length + 4;
  return bytes;
}
