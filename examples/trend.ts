// Fits the trend of measurement files: npx tsx examples/trend.ts [FILE ...]
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fitTrend, readMeasurement } from 'doubletime';

const shipped = fileURLToPath(new URL('../results/quickstart', import.meta.url));
const given = process.argv.slice(2);
const files = given.length > 0 ? given : readdirSync(shipped).map((name) => join(shipped, name));

for (const { name, factor, doublingMonths } of fitTrend(files.map(readMeasurement)).levels) {
  const months = doublingMonths.endToEnd?.toFixed(1) ?? 'unknown';
  console.log(`${name}: ${factor?.toFixed(1) ?? '?'} times less compute, halved every ${months} months`);
}
