import { z } from 'zod';
import { PRECISIONS } from '../base/precision.ts';

/** The number format of a step. docs/training.md lists the parts of a step that use it. */
export const precisionSchema = z.enum(PRECISIONS).default('float32');
