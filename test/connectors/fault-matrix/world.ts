/** One simulated org of the fault matrix: people and records that operations are tried on, and what became of them. */
import type { Connector } from '#connectors/connector.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../../support/simulator.ts';
import { connect, newAccount } from '../salesforce-org.ts';

/** Whom an operation is tried on; `id` is empty where it is about to be made. */
export interface Subject {
  number: number;
  id: string;
  username: string;
  /** An account record that it owns, and somebody who can take it over; empty where that is of no matter. */
  record: string;
  heir: string;
}

export interface World {
  org: SimulatedOrg;
  /** A connector that never meets a fault. */
  control: Required<Connector>;
  /** Somebody who is not there yet. */
  nobody(): Subject;
  /** Somebody who is there as `newAccount` has them. */
  user(): Promise<Subject>;
  contact(): Promise<Subject>;
  /** Somebody who owns an account record, and has an heir. */
  owner(): Promise<Subject>;
  /** What an administrator sees. */
  query: <T>(soql: string) => Promise<T[]>;
  /** Orders a fault of the API calls whose path fits, after so many of them. */
  spoil(order: { path: string; skip: number; lasts: boolean; action: object }): Promise<Spoilt>;
}

interface Spoilt {
  /** Waits until a call has met the fault, and takes it away; false when none did. */
  end(): Promise<boolean>;
}

const LONGEST_FAULT_MS = 10_000;

export async function openWorld(): Promise<World> {
  const org = await startSimulatedOrg();
  for (const licence of ['Salesforce', 'SalesConsoleUser', 'EinsteinAnalyticsPlusPsl'])
    await org.setLicence(licence, 10_000);
  await org.tell('/duplicate-rules', { object: 'Contact', on: true });
  const query = await administrator(org);
  const [profile] = await query<{ Id: string }>("SELECT Id FROM Profile WHERE Name = 'Sales User'");
  let people = 0;
  const nobody = (): Subject => {
    people += 1;
    return {
      number: people,
      id: '',
      username: String(newAccount(people).attributes['Username']),
      record: '',
      heir: '',
    };
  };
  const make = async (object: string, subject: Subject, fields: object): Promise<Subject> => {
    const [id = ''] = await org.makeRecords({ object, count: 1, fields });
    return { ...subject, id };
  };

  const user = () => {
    const subject = nobody();
    return make('User', subject, { ...newAccount(subject.number).attributes, ProfileId: profile?.Id });
  };

  return {
    org,
    control: connect(org),
    nobody,
    user,
    contact() {
      const subject = nobody();
      return make('Contact', subject, contactFields(subject));
    },
    async owner() {
      const [subject, heir] = [await user(), await user()];
      const [record = ''] = await org.makeRecords({ object: 'Account', count: 1, owner: subject.username });
      return { ...subject, record, heir: heir.id };
    },
    query,
    async spoil({ path, skip, lasts, action }) {
      const order = { match: { path }, skip, times: lasts ? 'always' : 1, action };
      const { id } = await org.tell<{ id: string }>('/faults', order);
      const fault = `${org.url}/simulator/faults/${id}`;
      return {
        async end() {
          const { hit } = (await (await fetch(`${fault}/hit?timeoutMs=${LONGEST_FAULT_MS}`)).json()) as {
            hit: boolean;
          };
          await fetch(fault, { method: 'DELETE' });
          return hit;
        },
      };
    },
  };
}

export function contactFields({ number }: Subject) {
  return { LastName: `Contact ${number}`, Email: `contact${number}@joinery-demo.example` };
}

/** Signed in once for all questions. */
async function administrator({ url }: SimulatedOrg): Promise<World['query']> {
  const form = { grant_type: 'client_credentials', client_id: 'joinery-demo', client_secret: 'joinery-demo-secret' };
  const login = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token } = (await login.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}` };
  return async <T>(soql: string) => {
    const answer = await fetch(`${url}/services/data/v66.0/query?q=${encodeURIComponent(soql)}`, { headers });
    if (!answer.ok) throw new Error(`${soql}: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { records: T[] }).records;
  };
}
