// For test/data/pack-processes.test.ts: packs a folder as `doubletime data pack` does, but makes its records safe after
// every few of them. pack-pictures.ts FOLDER FILE; prints how many are done.
import { openFolder } from '../../src/data/folder.ts';
import { buildPack } from '../../src/data/pack-build.ts';

const [folder = '', file = ''] = process.argv.slice(2);
await buildPack(openFolder(folder), {
  file,
  store: 'raw',
  resize: 'box',
  size: 64,
  onBadPicture: 'stop',
  workers: 2,
  syncBytes: 100_000,
  progress: (done) => process.stdout.write(`${done}\n`),
});
