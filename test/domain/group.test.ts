/** Groups inside groups, and what is wrong with a set of them. */
import { describe, expect, it } from 'vitest';
import { groupFaults, withContaining, type Group } from '#domain/group.ts';

function group(name: string, children: string[] = [], rule: string | null = null): Group {
  return { name, label: name, rule, children };
}
const anything = () => undefined;

describe('what contains a group', () => {
  it('is found through any number of groups, by name', () => {
    const groups = [group('All', ['Sales', 'IT']), group('Sales', ['EMEA']), group('EMEA'), group('IT')];
    expect(withContaining(groups, ['EMEA'])).toEqual(['All', 'EMEA', 'Sales']);
    expect(withContaining(groups, [])).toEqual([]);
  });

  it('is found when two lead to the same, on a circle, and ten thousand deep', () => {
    expect(withContaining([group('a', ['b', 'c']), group('b', ['d']), group('c', ['d']), group('d')], ['d'])).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(withContaining([group('a', ['b']), group('b', ['a'])], ['a'])).toEqual(['a', 'b']);
    const deep = Array.from({ length: 10_000 }, (_, index) => group(`g${index}`, [`g${index + 1}`]));
    expect(withContaining(deep, ['g10000'])).toHaveLength(10_001);
  });
});

describe('faults', () => {
  it('has none for groups that nest without a circle, even by two ways', () => {
    const groups = [group('a', ['b', 'c']), group('b', ['d']), group('c', ['d']), group('d', [], 'city == "Kiel"')];
    expect(groupFaults(groups, anything)).toEqual([]);
  });

  it('names what is there twice, what is no group, and a rule that can not be stored', () => {
    const groups = [group('a', ['x']), group('a'), group('b', [], 'nickname')];
    expect(groupFaults(groups, (rule) => (rule === 'nickname' ? 'Unknown variable: nickname' : undefined))).toEqual([
      { field: 'groups.a', problem: 'is there twice' },
      { field: 'groups.a.children', problem: '"x" is no group' },
      { field: 'groups.b.rule', problem: 'Unknown variable: nickname' },
    ]);
  });

  it('names every circle by its way', () => {
    const groups = [group('x', ['a']), group('a', ['b']), group('b', ['c', 'b']), group('c', ['a'])];
    expect(groupFaults(groups, anything)).toEqual([
      { field: 'groups.a.children', problem: 'a group can not be inside itself: a -> b -> c -> a' },
      { field: 'groups.b.children', problem: 'a group can not be inside itself: b -> b' },
    ]);
  });

  it('looks at each group once, however many ways lead to it', () => {
    const ladder = Array.from({ length: 60 }, (_, index) =>
      group(`g${index}`, index < 58 ? [`g${index + 2 - (index % 2)}`, `g${index + 3 - (index % 2)}`] : []),
    );
    expect(groupFaults(ladder, anything)).toEqual([]);
  });

  it('finds the circle of ten thousand groups', () => {
    const deep = Array.from({ length: 10_000 }, (_, index) => group(`g${index}`, [`g${(index + 1) % 10_000}`]));
    expect(groupFaults(deep, anything)).toHaveLength(1);
  });
});
