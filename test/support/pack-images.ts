// For test/data/pack/processes.test.ts: packs a folder as `doubletime data pack` does, but flushes its records to disk
// more often. pack-images.ts FOLDER FILE [COUNT]; prints the number of packed images, and kills itself after COUNT images.
import { writeSync } from 'node:fs';
import { openFolder } from '../../src/data/sources/folder.ts';
import { buildPack } from '../../src/data/pack/build.ts';

const [folder = '', file = '', killAfter] = process.argv.slice(2);
await buildPack(openFolder(folder), {
  file,
  store: 'raw',
  resize: 'box',
  size: 64,
  onBadPicture: 'stop',
  workers: 2,
  syncBytes: 100_000,
  progress: (done) => {
    writeSync(1, `${done}\n`);
    if (done === Number(killAfter)) process.kill(process.pid, 'SIGKILL');
  },
});
