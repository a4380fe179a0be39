// Starts the Salesforce simulator as a process of its own:
//   node --import tsx simulators/salesforce/main.ts --port 8090 --host 127.0.0.1 --file .joinery/salesforce.jsonl
// Prints one line of JSON when it listens; SIGTERM or SIGINT ends it.

import { parseArgs } from 'node:util';

import { startSalesforceSimulator } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    file: { type: 'string' },
  },
});

const simulator = await startSalesforceSimulator({
  port: Number(values.port),
  host: values.host,
  ...(values.file === undefined ? {} : { file: values.file }),
});
process.stdout.write(`${JSON.stringify({ ready: true, url: simulator.url })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void simulator.close().then(() => process.exit(0));
  });
}
