/** Group: people who belong together, by name, by rule, or since they are in a group inside it. */

export interface Group {
  name: string;
  label: string;
  /** Who is in it besides those named: a condition over profile fields; null: nobody. It may not speak of groups. */
  rule: string | null;
  /** Groups whose members are members of this one too. */
  children: string[];
}

/** The groups that contain one of these, through any number of others, these included; by name. Ends on a circle too. */
export function withContaining(groups: readonly Group[], direct: Iterable<string>): string[] {
  const found = new Set<string>();
  const reach = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const parent of groups) if (parent.children.includes(name)) reach(parent.name);
  };
  for (const name of direct) reach(name);
  return [...found].toSorted();
}
