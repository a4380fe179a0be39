// Starts the Salesforce simulator as a process of its own:
//   node --import tsx simulators/salesforce/main.ts --port 8090 --host 127.0.0.1 --file .joinery/salesforce.jsonl
// Prints one line of JSON when it listens; SIGTERM or SIGINT ends it, and with --exit-with-parent the end of its input.

import { parseArgs } from 'node:util';

import { startSalesforceSimulator } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    file: { type: 'string' },
    'exit-with-parent': { type: 'boolean', default: false },
  },
});

const simulator = await startSalesforceSimulator({
  port: Number(values.port),
  host: values.host,
  ...(values.file === undefined ? {} : { file: values.file }),
});
process.stdout.write(`${JSON.stringify({ ready: true, url: simulator.url })}\n`);

function stop(): void {
  void simulator.close().then(() => process.exit(0));
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
// Whoever started us holds our standard input open; it ends when they are gone.
if (values['exit-with-parent']) process.stdin.once('end', stop).resume();
