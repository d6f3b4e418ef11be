import { createHash } from 'node:crypto';

export const DIGEST_BYTES = 16;

/** The first 16 bytes of the sha256. */
export const computeDigest = (bytes: Uint8Array): Buffer =>
  createHash('sha256').update(bytes).digest().subarray(0, DIGEST_BYTES);
