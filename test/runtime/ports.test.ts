import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { assertPortsFree, freePort, PortsBusyError } from '#runtime/embedded/ports.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

it('names every busy port with its part and the variable that moves it', async () => {
  const [first, second, free] = [await busyPort(), await busyPort(), await freePort()];
  const check = assertPortsFree([
    { name: 'PostgreSQL', port: first, variable: 'JOINERY_POSTGRES_PORT' },
    { name: 'Temporal', port: free, variable: 'JOINERY_TEMPORAL_PORT' },
    { name: 'Temporal UI', port: second, variable: 'JOINERY_TEMPORAL_UI_PORT' },
  ]);
  await expect(check).rejects.toBeInstanceOf(PortsBusyError);
  await expect(check).rejects.toThrow(`PostgreSQL: ${first} is used by another program; change JOINERY_POSTGRES_PORT`);
  await expect(check).rejects.toThrow(
    `Temporal UI: ${second} is used by another program; change JOINERY_TEMPORAL_UI_PORT`,
  );
  await expect(check).rejects.not.toThrow(`Temporal: ${free}`);
});

it('notices one port given to two parts, which no program uses yet', async () => {
  const port = await freePort();
  const check = assertPortsFree([
    { name: 'http', port, variable: 'JOINERY_HTTP_PORT' },
    { name: 'simulator', port, variable: 'JOINERY_SIMULATOR_PORT' },
  ]);
  await expect(check).rejects.toThrow(`simulator: ${port} is also the port of http (JOINERY_HTTP_PORT)`);
});

it('leaves the ports free', async () => {
  const port = await freePort();
  await assertPortsFree([{ name: 'http', port, variable: 'JOINERY_HTTP_PORT' }]);
  await listen(port);
});

async function busyPort(): Promise<number> {
  const address = (await listen(0)).address();
  if (typeof address !== 'object' || !address) throw new Error('not listening');
  return address.port;
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return server;
}
