const MAX_LENGTH = 80;

/** JSON has no NaN and no infinity. */
const finiteOrText = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** The value as JSON; its text if it has no JSON, such as a function, an object that contains itself, or a bigint. */
function jsonOrText(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value, finiteOrText);
    return typeof text === 'string' ? text : String(value);
  } catch {
    return Object.prototype.toString.call(value) === '[object BigInt]' ? `${String(value)}n` : typeof value;
  }
}

/** A value from a file or the command line, for a message: as JSON, but NaN and Infinity by name; shortened if it is long. */
export function formatValue(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = jsonOrText(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 3)}...` : text;
}
