/**
 * nvidia-smi writes what it does not know in brackets: [N/A], [Not Supported], [Unknown Error], [GPU is lost],
 * [Insufficient Permissions]; older versions without them, and ERR! for a sensor that failed.
 */
const UNKNOWN = /^(\[.*\]|N\/A|Not Supported|ERR!|Unknown Error|)$/i;

/** A field as nvidia-smi wrote it, or null where it does not know. */
export function smiText(field: string): string | null {
  const text = field.trim();
  return UNKNOWN.test(text) ? null : text;
}

/** A number as nvidia-smi wrote it without its unit, or null where it does not know. */
export function smiNumber(field: string): number | null {
  const text = smiText(field);
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}
