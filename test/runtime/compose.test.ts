import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchDir } from './scratch.ts';

it('finds no fault with our compose file, which cannot be run where there is no Docker', () => {
  expect(check('docker-compose.yml')).toMatchObject({ status: 0, stderr: '' });
});

it('names each fault of a compose file', () => {
  const file = join(scratchDir(), 'compose.yml');
  writeFileSync(
    file,
    `
version: '3'
services:
  db: { image: 'postgres:18' }
  app:
    image: app
    depends_on:
      db: { condition: service_healthy }
      cache: { condition: service_started }
    environment: { PASSWORD: '\${PASSWORD}' }
    ports: ['8080:80', 'eighty']
    volumes: ['data:/data', './here:/there']
    networks: [inner]
    configs: [settings]
  empty: {}
`,
  );
  const { status, stderr } = check(file);
  expect(status).toBe(1);
  for (const fault of [
    'version: no top-level key',
    'services.app.image: app is not pinned to a version',
    'services.app.depends_on: db never gets healthy',
    'services.app.depends_on: there is no service cache',
    'services.app.ports: 8080:80 is open beyond 127.0.0.1',
    'services.app.ports: eighty is not host:published:target',
    'services.app.volumes: data is not declared',
    'services.app.networks: inner is not declared',
    'services.app.configs: settings is not declared',
    'services.empty.image: neither image nor build is given',
    '${PASSWORD}: write',
  ]) {
    expect(stderr).toContain(fault);
  }
  expect(stderr).not.toContain('./here');
});

function check(file: string) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'test/support/check-compose.ts', file], { encoding: 'utf8' });
}
