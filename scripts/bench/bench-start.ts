// Times `npm start` as a new user sees it: in a fresh clone of this checkout's commit, with an empty HOME and so with empty caches.
// Uncommitted changes are not part of it. It needs the network, and takes five minutes on two cores.
//   npx tsx scripts/bench/bench-start.ts [--out FILE]
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/base/files/home.ts';
import { formatDuration } from '../../src/base/text/format.ts';
import { openRecord } from './record.ts';
import { readOptions } from '../run-script.ts';

const { values } = readOptions('bench-start', { options: { out: { type: 'string' } } });

/** The lines of `npm start` that end a part of it. */
const PART_ENDS = [
  { part: 'set-up with downloads', ends: /^alexnet-s0: starts/ },
  { part: 'AlexNet, which sets the level', ends: /^alexnet-s0: sets the level/ },
];
const LAST_PART = 'the other networks';

/** The environment of a user who has no caches and no settings of doubletime or npm. */
const emptyEnvironment = (home: string): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|DOUBLETIME_|XDG_|TF_|OMP_)/i.test(name));
  return { ...Object.fromEntries(kept), HOME: home };
};

const work = mkdtempSync(join(tmpdir(), 'doubletime-start-'));
try {
  const [clone, home] = [join(work, 'doubletime'), join(work, 'home')];
  mkdirSync(home);
  execFileSync('git', ['clone', '--quiet', packageRoot, clone]);
  const record = openRecord('start', values.out);
  const began = performance.now();
  let [partBegan, parts] = [began, 0];
  const endPart = (part: string): void => {
    const now = performance.now();
    const seconds = Number(((now - partBegan) / 1000).toFixed(1));
    record.add({ part, seconds });
    console.log(`${part}: ${formatDuration(seconds)}`);
    partBegan = now;
  };
  const child = spawn('npm', ['start'], { cwd: clone, env: emptyEnvironment(home), stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const read = (line: string): void => {
    lines.push(line);
    const part = PART_ENDS[parts];
    if (!part?.ends.test(line)) return;
    endPart(part.part);
    parts += 1;
  };
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', read);
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0 || parts < PART_ENDS.length)
    throw new Error(`npm start ended with ${status} after ${parts} parts:\n${lines.slice(-20).join('\n')}`);
  endPart(LAST_PART);
  partBegan = began;
  endPart('npm start');
  record.save();
} finally {
  rmSync(work, { recursive: true, force: true });
}
