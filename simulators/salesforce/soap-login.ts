// `POST /services/Soap/u/{version}`: the partner API's login() call and nothing else of SOAP, because clients in use log
// in with it. It is gone from version 65.0 on.

import { formatTime } from './field-rules.ts';
import type { Answer, Call } from './http.ts';
import type { FieldValue, Row } from './journal.ts';
import { checkLogin, isExpired } from './passwords.ts';
import type { Org } from './row-rules.ts';
import { openSession, organizationId } from './sessions.ts';
import { isFrozen } from './user-logins.ts';

export const SOAP_LOGIN = /^\/services\/Soap\/u\/(\d+)\.0(?:\/\w+)?\/?$/;

const LAST_VERSION_WITH_LOGIN = 64;
/** Sessions belong to a connected app; those of login() to none that could have been registered. */
const NO_APP = 'SOAP login';
const ENVELOPE =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" ' +
  'xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">';
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Answers a login with a session, or with a fault and status 500. */
export function soapLogin(org: Org, call: Call, baseUrl: string): Answer {
  const version = Number(SOAP_LOGIN.exec(call.path)?.[1]);
  if (version > LAST_VERSION_WITH_LOGIN) {
    return fault(
      'UNSUPPORTED_API_VERSION',
      `login() is not available in API version ${version}.0`,
      'UnexpectedErrorFault',
    );
  }
  const username = textOf(call.body, 'username');
  const password = textOf(call.body, 'password');
  if (!/<(?:\w+:)?login[\s>]/.test(call.body) || username === undefined || password === undefined) {
    return fault('INVALID_OPERATION', 'the simulator knows the login call only', 'UnexpectedErrorFault');
  }
  const user = org.store.find('User', 'Username', username)[0];
  const right = user !== undefined && org.store.transaction(() => checkLogin(org, user, password));
  if (!right || user.IsActive !== true || isFrozen(org, user.Id)) {
    const message = 'Invalid username, password, security token; or user locked out.';
    return fault('INVALID_LOGIN', message, 'LoginFault');
  }
  return org.store.transaction(() => loginResponse(org, user, `${baseUrl}/services/Soap`, version));
}

function loginResponse(org: Org, user: Row, soap: string, version: number): Answer {
  const expired = isExpired(user);
  // A user whose password has run out gets no session that would do anything but change it.
  const session = expired ? undefined : openSession(org, user.Id, NO_APP);
  if (!expired) org.store.update('User', user.Id, { LastLoginDate: formatTime(Date.now()) });
  const organization = organizationId(org);
  const path = `${version}.0/${organization.slice(0, 15)}`;
  const userInfo = element({
    organizationId: organization,
    userEmail: user.Email,
    userFullName: user.Name,
    userId: user.Id,
    userLanguage: user.LanguageLocaleKey,
    userLocale: user.LocaleSidKey,
    userName: user.Username,
    userTimeZone: user.TimeZoneSidKey,
    userType: 'Standard',
  });
  const result =
    element({
      metadataServerUrl: `${soap}/m/${path}`,
      passwordExpired: expired,
      sandbox: false,
      serverUrl: `${soap}/u/${path}`,
    }) +
    (session === undefined ? '<sessionId xsi:nil="true"/>' : element({ sessionId: session.token })) +
    element({ userId: user.Id });
  return xml(200, `<loginResponse><result>${result}<userInfo>${userInfo}</userInfo></result></loginResponse>`);
}

function fault(code: string, message: string, type: string): Answer {
  const detail = element({ 'sf:exceptionCode': code, 'sf:exceptionMessage': message });
  return xml(
    500,
    '<soapenv:Fault>' +
      element({ faultcode: `sf:${code}`, faultstring: `${code}: ${message}` }) +
      `<detail><sf:${type} xsi:type="sf:${type}">${detail}</sf:${type}></detail></soapenv:Fault>`,
  );
}

function xml(status: number, body: string): Answer {
  return {
    status,
    headers: { 'Content-Type': 'text/xml; charset=utf-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?>${ENVELOPE}<soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`,
  };
}

function element(values: Record<string, FieldValue | undefined>): string {
  return Object.entries(values)
    .map(([name, value]) => `<${name}>${escaped(String(value ?? ''))}</${name}>`)
    .join('');
}

/** The text of an element, whatever prefix its name has. */
function textOf(body: string, name: string): string | undefined {
  const text = new RegExp(`<(?:\\w+:)?${name}>([^<]*)</(?:\\w+:)?${name}>`).exec(body)?.[1];
  return text?.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, named?: string) => {
    if (named !== undefined) return ENTITIES[named] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
