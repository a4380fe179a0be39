/** How a transfer rule names a new owner. */
import { describe, expect, it } from 'vitest';
import { readNewOwner } from '#domain/ownership.ts';

describe('a new owner', () => {
  it.each([
    ['successor', { by: 'successor' }],
    ['manager', { by: 'manager' }],
    ['user:ada@acme.example', { by: 'user', name: 'ada@acme.example' }],
    ['queue:Support_West', { by: 'queue', name: 'Support_West' }],
    ['user:a:b', { by: 'user', name: 'a:b' }],
  ])('is read from %s', (text, owner) => {
    expect(readNewOwner(text)).toEqual(owner);
  });

  it.each(['', 'Manager', 'manager:', 'user', 'user:', 'queue:', 'group:x', ' manager', 'user:a\nb'])(
    'is not %j',
    (text) => {
      expect(readNewOwner(text)).toBeUndefined();
    },
  );
});
