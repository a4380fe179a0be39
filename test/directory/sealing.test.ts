/** Sealed secrets open only with the right key, for the right purpose, untouched. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSealer } from '#directory/sealing.ts';

const key = randomBytes(32);
const sealer = createSealer(key);
const sealed = sealer.seal('application crm', 'hunter2');

describe('a sealed secret', () => {
  it('opens for its purpose and does not show itself', () => {
    expect(sealer.open('application crm', sealed)).toBe('hunter2');
    expect(JSON.stringify(sealed)).not.toContain('hunter2');
  });

  it('is sealed differently each time', () => {
    expect(sealer.seal('application crm', 'hunter2').text).not.toBe(sealed.text);
  });

  it('does not open for another purpose', () => {
    expect(() => sealer.open('application other', sealed)).toThrow('application other was changed');
  });

  it('does not open when a bit was changed', () => {
    const text = Buffer.from(sealed.text, 'base64');
    text[0] = (text[0] ?? 0) ^ 1;
    expect(() => sealer.open('application crm', { ...sealed, text: text.toString('base64') })).toThrow('was changed');
  });

  it('names the key it needs when it is another', () => {
    expect(() => createSealer(randomBytes(32)).open('application crm', sealed)).toThrow(
      `sealed with key ${sealed.keyId}`,
    );
  });

  it('opens with the key it was sealed with after another has taken its place, and new ones with that', () => {
    const next = createSealer(randomBytes(32), [randomBytes(32), key]);
    expect(next.open('application crm', sealed)).toBe('hunter2');
    const again = next.seal('application crm', 'hunter2');
    expect(again.keyId).toBe(next.keyId);
    expect(again.keyId).not.toBe(sealed.keyId);
    expect(next.keyIds).toContain(sealed.keyId);
    expect(() => sealer.open('application crm', again)).toThrow(`sealed with key ${next.keyId}`);
  });

  it('wants keys of 32 bytes', () => {
    expect(() => createSealer(randomBytes(16))).toThrow('32 bytes');
    expect(() => createSealer(key, [randomBytes(16)])).toThrow('32 bytes');
  });
});
