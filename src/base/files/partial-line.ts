import { closeSync, constants, fstatSync, ftruncateSync, readSync } from 'node:fs';
import { systemCodeOf } from '../errors.ts';
import { writeFailure } from './files.ts';
import { openRegularFile } from './regular-file.ts';

const NEWLINE = 10;
const BLOCK_BYTES = 65_536;

/** The offset in bytes at which the last complete line of an open file ends; 0 without a complete line. */
function findLastLineEnd(handle: number, size: number): number {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const count = readSync(handle, block, 0, end - start, start);
    const index = block.subarray(0, count).lastIndexOf(NEWLINE);
    if (index >= 0) return start + index + 1;
    end = start;
  }
  return 0;
}

/**
 * Removes an incomplete last line, which a killed process leaves behind. Returns the number of removed bytes.
 * @throws UserError exit code 73 or 74 if the file cannot be written.
 */
export function removePartialLine(file: string): number {
  try {
    return truncatePartialLine(openRegularFile(file, constants.O_RDWR));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 0;
    throw writeFailure(file, error);
  }
}

function truncatePartialLine(handle: number): number {
  try {
    const { size } = fstatSync(handle);
    const end = findLastLineEnd(handle, size);
    if (end < size) ftruncateSync(handle, end);
    return size - end;
  } finally {
    closeSync(handle);
  }
}
