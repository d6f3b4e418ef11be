import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { imageFolder, imageBytes, writeFileIn } from '../images.ts';

const feeder = fileURLToPath(new URL('../../support/feed-images.ts', import.meta.url));

interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  errors: string;
}

/** Reads batches of a folder in a separate process, and sends it `signal` in the middle of an epoch. */
function readBatches(folder: string, ending: string, signal?: NodeJS.Signals): Promise<ProcessEnd> {
  const child = spawn(process.execPath, ['--import', 'tsx', feeder, folder, ending]);
  let output = '';
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  child.stdout.on('data', (text: Buffer) => {
    const fedBefore = output.includes('fed');
    output += text.toString();
    if (signal !== undefined && !fedBefore && output.includes('fed')) child.kill(signal);
  });
  return new Promise((resolve) => {
    child.on('close', (code, endSignal) => {
      resolve({ code, signal: endSignal, output, errors });
    });
  });
}

/** JPEGs for libjpeg-turbo, and PNGs, which libvips decodes in its own threads. */
async function mixedFolder(): Promise<string> {
  const folder = await imageFolder({ ape: { train: 20, val: 2 }, bee: { train: 10, val: 2 } });
  for (let i = 0; i < 10; i++) writeFileIn(folder, `train/cat/${i}.png`, await imageBytes(150, 120, i, 'png'));
  return folder;
}

/** Expects as many threads as before the images were opened. */
function expectNoThreadLeft(output: string): void {
  const [, before, after] = /threads (\d+) (\d+)/.exec(output) ?? [];
  expect(Number(before)).toBeGreaterThan(1);
  expect(Number(after)).toBe(Number(before));
}

// A process that hangs fails its test by vitest's timeout. Only Linux lists threads in /proc.
describe.skipIf(process.platform !== 'linux')('a process that is reading batches', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends by itself, after its threads, if %s comes in the middle of an epoch',
    async (signal) => {
      const ended = await readBatches(await mixedFolder(), 'signal', signal);
      expect(ended).toMatchObject({ code: 0, signal: null, errors: '' });
      expectNoThreadLeft(ended.output);
    },
  );

  it('ends by itself with an error that is thrown between batches', async () => {
    const ended = await readBatches(await mixedFolder(), 'throw');
    expect(ended).toMatchObject({ code: 1, signal: null });
    expect(ended.errors).toContain('thrown on purpose');
    expectNoThreadLeft(ended.output);
  });

  it('ends by itself with the path of an image that becomes bad in the middle of an epoch', async () => {
    const folder = await mixedFolder();
    const bad = writeFileIn(folder, 'train/ape/019.jpg', (await imageBytes(60, 60, 1)).subarray(0, 900));
    const ended = await readBatches(folder, 'bad image');
    expect(ended).toMatchObject({ code: 1, signal: null });
    expect(ended.errors).toContain(`${bad} cannot be decoded`);
    expectNoThreadLeft(ended.output);
  });

  it('may exit while its threads are running, and none of them delays or crashes it', async () => {
    const ended = await readBatches(await mixedFolder(), 'exit');
    expect(ended).toMatchObject({ code: 7, signal: null, errors: '' });
  });
});
