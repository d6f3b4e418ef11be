import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { homeFolder } from '../base/files/home.ts';

/** The content of setup.json, which set-up writes. */
const schema = z.object({
  /** The value of DOUBLETIME_TENSORFLOW: cpu, cuda, auto or a folder. */
  asked: z.string(),
  kind: z.enum(['cpu', 'cuda', 'path']),
  /** The folder that contains libtensorflow. */
  folder: z.string(),
  version: z.string(),
});
export type Installation = z.infer<typeof schema>;

/** Reads which TensorFlow set-up has installed; undefined if set-up has not finished. */
export function readInstallation(): Installation | undefined {
  const file = join(homeFolder(), 'setup.json');
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
