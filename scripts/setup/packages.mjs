import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDisk } from './checks.mjs';
import { findCommand, lastLine, runCommand } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { isCheckout, logName } from './place.mjs';

const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/;

/** Installs the npm packages of the lock file without their install scripts. An installed package already has them. */
export const packages = {
  name: 'npm packages',
  isDone: ({ root }) => !isCheckout || isLink(join(root, 'node_modules')) || isInstalled(root),
  async run({ root, logFile }) {
    checkDisk(root, 1, 'npm packages');
    const [command, ...first] = npmCommand();
    const run = (args) => runCommand(command, [...first, ...args], { cwd: root, logFile });
    // Without a network npm would retry every package for minutes, although its cache may contain all of them. The ping is tried three
    // times within seconds, because one lost response does not mean that there is no network.
    const retries = ['--fetch-retries=2', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=2000'];
    const ping = await run(['ping', ...retries]);
    const offline = ping.status !== 0 && NO_NETWORK.test(ping.output);
    const result = await run([
      ...['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
      offline ? '--offline' : '--prefer-offline',
    ]);
    if (result.status !== 0) throw describeFailure(result.output);
  },
};

/** A linked node_modules belongs to another checkout and is not changed. */
const isLink = (path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

/** npm writes its own lock file into node_modules last, so every package in it was installed completely. */
function isInstalled(root) {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  try {
    const expected = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
    return Object.entries(expected).every(
      ([path, entry]) => path === '' || entry.optional || installed[path]?.integrity === entry.integrity,
    );
  } catch {
    return false;
  }
}

/** The npm that runs this script, otherwise the npm on PATH. @throws SetupFailure */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.js$/.test(script) && existsSync(script)) return [process.execPath, script];
  const command = findCommand('npm');
  if (!command) {
    throw new SetupFailure(
      'npm was not found on PATH',
      'install it: `apt-get install -y npm`, or use the npm that comes with Node.js',
    );
  }
  return [command];
}

function describeFailure(output) {
  if (/EINTEGRITY/.test(output)) {
    return new SetupFailure(
      'an npm package does not have the hash that package-lock.json states',
      'clear the cache and try again: `npm cache clean --force && npm run setup`',
    );
  }
  if (NO_NETWORK.test(output)) {
    return new SetupFailure(
      'the npm packages cannot be fetched: no network',
      "connect (or set npm's `registry` and `proxy`) and run `npm run setup` again",
    );
  }
  if (/ENOSPC/.test(output)) {
    return new SetupFailure('the disk is full', 'free 1 GB and run `npm run setup` again');
  }
  return new SetupFailure(
    `npm ci failed: ${lastLine(output, /npm (error|ERR!) (?!A complete log|code)/)}`,
    `see ${logName()}, then run \`npm run setup\` again`,
  );
}
