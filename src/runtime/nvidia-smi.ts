import { execFileSync } from 'node:child_process';
import { messageOf, systemCodeOf } from '../base/errors.ts';

/**
 * Matches an unknown value. nvidia-smi writes unknown values in brackets: [N/A], [Not Supported], [Unknown Error], [GPU is lost],
 * [Insufficient Permissions]. Older versions write no brackets, and ERR! for a sensor that failed.
 */
const UNKNOWN = /^(\[.*\]|N\/A|Not Supported|ERR!|Unknown Error|)$/i;

/** A field of nvidia-smi's output; null if its value is unknown. */
export function smiText(field = ''): string | null {
  const text = field.trim();
  return UNKNOWN.test(text) ? null : text;
}

/** A number of nvidia-smi's output without its unit; null if its value is unknown. */
export function smiNumber(field = ''): number | null {
  const text = smiText(field);
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

/** An amount of memory in bytes, of a field in MiB; null if its value is unknown. */
export function smiBytes(field = ''): number | null {
  const mebibytes = smiNumber(field);
  return mebibytes === null ? null : mebibytes * 2 ** 20;
}

/** What nvidia-smi lists: the GPUs, or the processes that compute on them. */
type Subject = 'gpu' | 'compute-apps';

/** The arguments of nvidia-smi that print one line per GPU or process, with these fields. */
export const smiArguments = (subject: Subject, fields: readonly string[]): string[] => [
  `--query-${subject}=${fields.join()}`,
  '--format=csv,noheader,nounits',
];

/** A line of nvidia-smi's output by the names of its fields. */
export type SmiRow<Field extends string> = Readonly<Record<Field, string>>;

/** Splits a line into its fields; undefined if it has another number of fields, such as a message. */
export function parseSmiLine<Field extends string>(line: string, fields: readonly Field[]): SmiRow<Field> | undefined {
  const values = line.split(',').map((value) => value.trim());
  if (values.length !== fields.length) return undefined;
  return Object.fromEntries(fields.map((field, i) => [field, values[i]!])) as SmiRow<Field>;
}

/** Lines of nvidia-smi's output, or the reason why there are none. */
export type SmiAnswer<Field extends string> = { readonly rows: SmiRow<Field>[] } | { readonly reason: string };

/** Asks nvidia-smi, which comes with NVIDIA's driver, for fields of every GPU or process. */
export function querySmi<Field extends string>(subject: Subject, fields: readonly Field[]): SmiAnswer<Field> {
  try {
    const options = { encoding: 'utf8', timeout: 20_000, stdio: 'pipe' } as const;
    const lines = execFileSync('nvidia-smi', smiArguments(subject, fields), options).split('\n');
    return { rows: lines.flatMap((line) => parseSmiLine(line, fields) ?? []) };
  } catch (error) {
    const missing = systemCodeOf(error) === 'ENOENT';
    return {
      reason: missing ? 'no NVIDIA driver (nvidia-smi was not found)' : `nvidia-smi failed: ${messageOf(error)}`,
    };
  }
}
