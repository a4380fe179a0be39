/** What the simulated Salesforce and the mail catcher say of themselves. */
import type { Session } from '../session.ts';

export interface SimulatedOrg {
  users: { total: number; active: number; inactive: number; frozen: number };
  licenses: { name: string; used: number; total: number }[];
}

export interface CaughtMail {
  messageId: string;
  subject: string;
  to: string[];
}

/** Users and licences of the simulated org. */
export async function simulatedOrg({ config }: Session): Promise<SimulatedOrg> {
  return (await getJson(`${config.running?.urls['salesforce-simulator']}/simulator/state`)) as SimulatedOrg;
}

/** Every mail that arrived. */
export async function caughtMails({ config }: Session): Promise<CaughtMail[]> {
  return (await getJson(`${config.running?.urls['mail']}/messages`)) as CaughtMail[];
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`demo: ${url} answered ${response.status}`);
  return response.json();
}
