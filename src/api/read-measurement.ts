import { z } from 'zod';
import type { Measurement } from '../results/measurement.ts';
import { measurementFileAt, readMeasurement as readFile } from '../results/read.ts';
import { checkRequest, pathSchema } from './check-request.ts';

/**
 * Reads a measurement from its file or run folder, and checks its schema and its sha256. src/results/measurement.ts explains
 * its fields and their units.
 * @throws UserError exit code 64 if the path is not text, 65 if it is damaged or of another version, 66 if it does not exist, 74 or 77 if it
 * cannot be read.
 */
export function readMeasurement(path: string): Measurement {
  checkRequest('readMeasurement', z.object({ path: pathSchema }), { path });
  return readFile(measurementFileAt(path));
}
