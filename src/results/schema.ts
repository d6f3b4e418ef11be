import { z } from 'zod';
import { MEASUREMENT_VERSION, measurementSchema } from './measurement.ts';

/** The shape of a measurement as JSON Schema (draft 2020-12), the content of results/schema.json. */
export const measurementJsonSchema = (): Record<string, unknown> => ({
  title: `doubletime measurement, version ${MEASUREMENT_VERSION}`,
  ...z.toJSONSchema(measurementSchema, { io: 'output' }),
});
