// Loaded before a program's own code: once a file is there the time of day jumps back by a day, as when a clock is put
// right. `performance.now` and the system's timers go on as they do then.
import { existsSync } from 'node:fs';

const sign = process.env['CLOCK_SET_BACK_WHEN'] ?? '';
const RealDate = Date;
const DAY_MS = 86_400_000;
let setBack = false;

function now() {
  setBack ||= existsSync(sign);
  return RealDate.now() - (setBack ? DAY_MS : 0);
}

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }
  static now() {
    return now();
  }
};
