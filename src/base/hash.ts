import { createHash } from 'node:crypto';
import { readBytes } from './read-file.ts';

/** The sha256 of bytes or UTF-8 text, in hex. */
export const sha256Of = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** The sha256 of a file, in hex. @throws UserError as `readBytes`. */
export const hashFile = (file: string): string => sha256Of(readBytes(file));
