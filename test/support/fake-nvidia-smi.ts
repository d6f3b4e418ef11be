import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The fields of one card, by nvidia-smi's names for them. */
export type FakeCard = Readonly<Record<string, string>>;

const defaults: FakeCard = {
  driver_version: '550.54.15',
  compute_cap: '9.0',
  'mig.mode.current': 'Disabled',
  'power.draw': '412.31',
  'memory.used': '41250',
  'clocks_event_reasons.active': '0x0000000000000000',
  'ecc.errors.corrected.volatile.total': '0',
  'ecc.errors.uncorrected.volatile.total': '0',
};

/** Fields as real cards report them. */
export const h100: FakeCard = {
  ...defaults,
  index: '0',
  uuid: 'GPU-3b1f6c52-8a8e-4c1c-9d6e-0f6a2c7d9e11',
  name: 'NVIDIA H100 80GB HBM3',
  'memory.total': '81559',
};
export const a100: FakeCard = {
  ...defaults,
  index: '1',
  uuid: 'GPU-9d2e4a10-1c55-4f7b-8a30-5b7f3e6c1d22',
  name: 'NVIDIA A100-SXM4-40GB',
  'memory.total': '40960',
  compute_cap: '8.0',
};

/**
 * Writes a program that answers `--query-gpu` for these cards as nvidia-smi does, with `-i` (index or UUID) and with `-lms`
 * (again and again, every 20 ms). It refuses a field that no card has, as a driver that does not know it. Each use appends its
 * arguments to `arguments` in the folder. Returns the PATH that finds it first.
 */
export function fakeNvidiaSmi(folder: string, cards: readonly FakeCard[]): string {
  const program = join(folder, 'nvidia-smi');
  const script = `#!${process.execPath}
    const { appendFileSync } = require('node:fs');
    const args = process.argv.slice(2);
    appendFileSync(${JSON.stringify(join(folder, 'arguments'))}, args.join(' ') + '\\n');
    const cards = ${JSON.stringify(cards)};
    const fields = (args.find((arg) => arg.startsWith('--query-gpu=')) ?? '').slice(12).split(',');
    const unknown = fields.find((field) => !cards.some((card) => field in card));
    if (unknown !== undefined) {
      console.log('Field "' + unknown + '" is not a valid field to query.');
      process.exit(2);
    }
    const wanted = args.includes('-i') ? args[args.indexOf('-i') + 1] : undefined;
    const chosen = cards.filter(({ index, uuid }) => wanted === undefined || wanted === index || wanted === uuid);
    const print = () => {
      for (const card of chosen) console.log(fields.map((field) => card[field]).join(', '));
    };
    print();
    if (args.includes('-lms')) setInterval(print, 20);`;
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  return [folder, process.env['PATH']].join(delimiter);
}
