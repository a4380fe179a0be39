/** What may be said to a task, and what is refused with a sentence. */
import { describe, expect, it } from 'vitest';
import { answerFault, type TaskAnswer } from '#domain/task.ts';

const answer = (more: object = {}): TaskAnswer => ({ taskId: 1, by: 'key:console', ...more });

describe('an answer to a task', () => {
  it.each([
    ['retry', {}],
    ['retry', { note: '' }],
    ['retry', { note: 'the profile is corrected' }],
    ['skip', { note: 'not needed' }],
    ['skip', { note: 'x'.repeat(1_000) }],
    ['resolve', { note: 'done in Setup' }],
    ['resolve', { note: 'that one', account: '0057g000000001sAAA' }],
    ['resolve', { note: 'that one', account: 'ada.byron@acme.example' }],
  ] as const)('%s with %j may be given', (verb, more) => {
    expect(answerFault(verb, answer(more))).toBeUndefined();
  });

  it.each([
    ['skip', {}, 'say why: skip needs a note'],
    ['resolve', { note: '  ' }, 'say why: resolve needs a note'],
    ['skip', { note: 'x'.repeat(1_001) }, 'the note must have at most 1000 characters'],
    ['skip', { note: 'a\u0000b' }, 'the note must be one line without control characters'],
    ['skip', { note: 'a\nb' }, 'the note must be one line without control characters'],
    ['retry', { note: '\u001b[2J' }, 'the note must be one line without control characters'],
    ['skip', { note: 'half a \ud83d' }, 'the note must be well-formed text'],
    ['resolve', { note: 'x', account: '' }, '"" is no native id'],
    ['resolve', { note: 'x', account: "1' or '1" }, 'is no native id'],
    ['resolve', { note: 'x', account: 'x'.repeat(201) }, 'is no native id'],
    ['skip', { note: 'x', account: '005' }, 'only resolve takes an account, skip does not'],
    ['retry', { account: '005' }, 'only resolve takes an account, retry does not'],
  ] as const)('%s with %j is refused', (verb, more, sentence) => {
    expect(answerFault(verb, answer(more))).toContain(sentence);
  });

  it.each([undefined, '', ' ', 5, 'a\u0000'])('that %j gives is refused: the task keeps who it was', (by) => {
    expect(answerFault('retry', { taskId: 1, by } as TaskAnswer)).toMatch(/^by, who says it, must /);
  });
});
