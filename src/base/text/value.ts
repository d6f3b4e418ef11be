const MAX_LENGTH = 80;

/** JSON has no NaN and no infinity. */
const finiteOrText = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** A value from a file or the command line, for a message: as JSON, but NaN and Infinity by name; shortened if it is long. */
export function formatValue(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value, finiteOrText) as string | undefined;
  if (text === undefined) return String(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 3)}...` : text;
}
