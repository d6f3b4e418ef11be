import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

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
  const file = fileURLToPath(new URL('../../.doubletime/setup.json', import.meta.url));
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
