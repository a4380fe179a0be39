/** Canonical JSON: the same value is the same text, in whatever order its keys are kept. */

/** JSON with its keys in order; what is undefined is left out. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inside = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(inside).toSorted()) {
    if (inside[key] === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(inside[key])}`;
  }
  return `{${text}}`;
}
