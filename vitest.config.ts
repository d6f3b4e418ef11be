import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Only what hangs takes so long, also on a machine that is slow or has other work.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'models/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportOnFailure: true,
    },
    expect: { poll: { timeout: 120_000 } },
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: '.doubletime/tests.json' }]] : ['default'],
  },
});
