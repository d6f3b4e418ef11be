import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/**
 * The reason that browser tests cannot run on this machine; undefined if they can. Always undefined in CI, so that the tests run
 * there and fail.
 */
export const whyNoBrowser: string | undefined =
  existsSync(executablePath) || process.env['CI'] === 'true'
    ? undefined
    : `no chromium at ${executablePath}: bash scripts/ci-packages.sh installs it, or set CHROMIUM to one`;

/** Debian's chromium without network requests of its own. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
