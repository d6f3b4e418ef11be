import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { homeFolder } from '../base/home.ts';

const schema = z.object({
  /** What DOUBLETIME_TENSORFLOW asked for: cpu, cuda, auto or a folder. */
  asked: z.string(),
  kind: z.enum(['cpu', 'cuda', 'path']),
  /** Where libtensorflow lies. */
  folder: z.string(),
  version: z.string(),
});
export type Installation = z.infer<typeof schema>;

/** Which TensorFlow `npm run setup` chose for this checkout; undefined before it has ended. */
export function readInstallation(): Installation | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(join(homeFolder(), 'setup.json'), 'utf8')));
  } catch {
    return undefined;
  }
}
