import { expect, it } from 'vitest';
import { createLogger } from '#runtime/logger.ts';

it('writes JSON lines that name the part and carry the facts of the child logger', () => {
  const { logger, lines } = capturing();
  logger.child({ person: 'E1042' }).info({ application: 'crm' }, 'account created');
  expect(lines()).toMatchObject([
    { level: 'info', name: 'worker', person: 'E1042', application: 'crm', msg: 'account created' },
  ]);
});

it('writes no secret: by name at any depth, in child facts, in errors, in URLs', () => {
  const { logger, text } = capturing();
  const failure = Object.assign(new Error('refused by postgres://joinery:hunter2@db/joinery'), {
    request: { headers: { Authorization: 'Bearer hunter2' } },
  });
  logger.child({ apiKey: 'hunter2' }).error(
    {
      err: failure,
      settings: { oauth: [{ clientSecret: 'hunter2', access_token: 'hunter2' }] },
      newPassword: 'hunter2',
      cookie: 'session=hunter2',
      url: 'smtp://user:hunter2@mail:25',
      key: Buffer.from('hunter2'),
    },
    'could not reach postgres://joinery:hunter2@db/joinery',
  );
  expect(text()).not.toContain('hunter2');
  expect(text()).toContain('smtp://user:[redacted]@mail:25');
  expect(text()).toContain('refused by postgres://joinery:[redacted]@db/joinery');
});

it('keeps quiet below its level', () => {
  const { logger, lines } = capturing('warn');
  logger.info('nothing of note');
  expect(lines()).toEqual([]);
});

function capturing(level = 'info') {
  let written = '';
  const logger = createLogger({ level, name: 'worker' }, { write: (chunk) => void (written += chunk) });
  const lines = () =>
    written
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown);
  return { logger, lines, text: () => written };
}
