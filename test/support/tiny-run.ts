import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of images in three classes, eight to train and five to validate per class, 32 x 32 pixels. */
export function writeImages(folder: string): string {
  let seed = 1;
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  for (const [split, count] of [
    ['train', 8],
    ['val', 5],
  ] as const)
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      mkdirSync(join(folder, split, name), { recursive: true });
      for (let i = 0; i < count; i++) {
        const pixels = Uint8Array.from(
          { length: 32 * 32 * 3 },
          (_, at) => (next() + (at % 3 === index ? 90 : 0)) % 256,
        );
        writeFileSync(join(folder, split, name, `${i}.ppm`), Buffer.concat([Buffer.from('P6 32 32 255\n'), pixels]));
      }
    }
  return folder;
}

/** A run config for a network of some 100,000 parameters. */
export function writeRun(file: string, recipe: object = {}, data: object = {}): string {
  const config = {
    network: { name: 'resnet9', width: 0.125 },
    data: { source: 'synthetic', input: 32, classes: 3, trainExamples: 24, validationExamples: 15, ...data },
    recipe: { batch: 5, epochs: 2, learningRate: 0.01, ...recipe },
    stopAt: 'end',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}
