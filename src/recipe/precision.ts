import { z } from 'zod';
import { PRECISIONS } from '../base/precision.ts';

/** The number format of a step; docs/training.md says which parts of it. */
export const precisionSchema = z.enum(PRECISIONS).default('float32');
