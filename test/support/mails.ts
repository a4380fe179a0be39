/** What the mail catcher caught, and what it is told to do wrong. */

export interface CaughtMail {
  messageId: string;
  to: string[];
  subject: string;
  text: string;
}

/** Every message caught so far, oldest first. */
export async function caughtMails({ url }: { url: string }): Promise<CaughtMail[]> {
  const response = await fetch(`${url}/messages`);
  return (await response.json()) as CaughtMail[];
}

export interface MailFault {
  /** Resolves when a message met it. */
  hit(): Promise<void>;
  release(): Promise<void>;
}

/** Orders a fault; answers how to wait for it and let go. */
export async function mailFault({ url }: { url: string }, fault: object): Promise<MailFault> {
  const response = await fetch(`${url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!response.ok) throw new Error(`mail fault: ${response.status} ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  const call = async (path: string, method: string) => void (await fetch(`${url}/faults/${id}/${path}`, { method }));
  return { hit: () => call('hit?timeoutMs=60000', 'GET'), release: () => call('release', 'POST') };
}
