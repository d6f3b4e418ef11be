import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/**
 * Why tests in a browser cannot run here, or undefined where they can. Under CI it is never a reason to skip: there the
 * tests run and fail.
 */
export const whyNoBrowser: string | undefined =
  existsSync(executablePath) || process.env['CI'] === 'true'
    ? undefined
    : `no chromium at ${executablePath}: bash scripts/ci-packages.sh installs it, or set CHROMIUM to one`;

/** Debian's chromium, with nothing of its own going to the network. */
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
