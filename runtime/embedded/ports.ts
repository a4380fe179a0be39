/** Ports: checked before anything starts, so that a busy one is named instead of failing some part half-way. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that a part will listen on. */
export interface PortUse {
  /** The part, as a person knows it. */
  name: string;
  port: number;
  /** The environment variable that moves it. */
  variable: string;
  host?: string;
}

/** Some ports cannot be used. The message names each with its part and the variable to change. */
export class PortsBusyError extends Error {
  override name = 'PortsBusyError' as const;
  /** Those that cannot be used. */
  ports: readonly PortUse[];

  constructor(busy: readonly { use: PortUse; reason: string }[]) {
    const lines = busy.map(({ use, reason }) => `  ${use.name}: ${use.port} ${reason}; change ${use.variable}`);
    super(`ports: these cannot be used:\n${lines.join('\n')}`);
    this.ports = busy.map(({ use }) => use);
  }
}

/** Returns when every port could be listened on. Port 0 is always free. Throws {@link PortsBusyError}. */
export async function assertPortsFree(uses: readonly PortUse[]): Promise<void> {
  const busy: { use: PortUse; reason: string }[] = [];
  const taken = new Map<number, PortUse>();
  for (const use of uses.filter(({ port }) => port !== 0)) {
    const twin = taken.get(use.port);
    if (twin) {
      busy.push({ use, reason: `is also the port of ${twin.name} (${twin.variable})` });
      continue;
    }
    taken.set(use.port, use);
    const code = await tryToListen(use.port, use.host ?? '127.0.0.1');
    if (code === 'EADDRINUSE') busy.push({ use, reason: 'is used by another program' });
    else if (code) busy.push({ use, reason: `cannot be listened on (${code})` });
  }
  if (busy.length > 0) throw new PortsBusyError(busy);
}

/**
 * A port of 127.0.0.1 that was free a moment ago, for programs that cannot pick one themselves. From below the range that
 * the system gives to connections, so that none of those takes it before the program does.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = randomInt(20_000, 32_000);
    if ((await tryToListen(port, '127.0.0.1')) === undefined) return port;
  }
  throw new Error('ports: none of 50 ports from 20000 to 32000 is free');
}

async function tryToListen(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
  server.close();
  await once(server, 'close');
  return undefined;
}
