import type { Measurement } from '../results/measurement.ts';
import { measurementFileAt, readMeasurement as readFile } from '../results/read.ts';

/**
 * A measurement from its file or its run's folder, its shape and its own sha256 checked. results/README.md explains its
 * fields and their units.
 * @throws UserError exit code 65 where it is damaged or of another version, 66 where there is none.
 */
export const readMeasurement = (path: string): Measurement => readFile(measurementFileAt(path));
