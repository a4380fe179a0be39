// The answers that a fault gives in place of the org's own.

import type { Action } from './faults.ts';
import { type Answer, errorAnswer, html } from './http.ts';
import { sessionInvalid } from './sessions.ts';

const MAINTENANCE_PAGE = `<!DOCTYPE html>
<html lang="en">
<head><title>Down for Maintenance</title></head>
<body><h1>We are down for maintenance.</h1>
<p>Sorry for the inconvenience. We'll be back shortly.</p></body>
</html>`;

/** What a fault answers without asking the org; undefined for one that lets the org do its work. */
export function faultAnswer(action: Action | undefined): Answer | undefined {
  if (action?.kind === 'status') return statusAnswer(action);
  if (action?.kind === 'maintenance-page') return html(503, MAINTENANCE_PAGE);
  if (action?.kind === 'refuse-sessions') return errorAnswer(sessionInvalid());
  return undefined;
}

function statusAnswer(action: Extract<Action, { kind: 'status' }>): Answer {
  const contentType = action.contentType ?? 'application/json;charset=UTF-8';
  const body = typeof action.body === 'string' ? action.body : JSON.stringify(action.body);
  return { status: action.status, headers: { 'Content-Type': contentType }, body };
}
