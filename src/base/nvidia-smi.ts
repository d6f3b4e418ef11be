/**
 * Matches an unknown value. nvidia-smi writes unknown values in brackets: [N/A], [Not Supported], [Unknown Error], [GPU is lost],
 * [Insufficient Permissions]. Older versions write no brackets, and ERR! for a sensor that failed.
 */
const UNKNOWN = /^(\[.*\]|N\/A|Not Supported|ERR!|Unknown Error|)$/i;

/** A field of nvidia-smi's output; null if its value is unknown. */
export function smiText(field: string): string | null {
  const text = field.trim();
  return UNKNOWN.test(text) ? null : text;
}

/** A number of nvidia-smi's output without its unit; null if its value is unknown. */
export function smiNumber(field: string): number | null {
  const text = smiText(field);
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}
