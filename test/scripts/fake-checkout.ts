import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));

/** Writes a minimal wheel in the layout of TensorFlow's. Python writes it because Node has no zip. */
const MAKE_WHEEL = `
import sys, zipfile
path, name, version = sys.argv[1:4]
info = name.replace('-', '_') + '-' + version + '.dist-info/'
with zipfile.ZipFile(path, 'w') as wheel:
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: ' + name + '\\nVersion: ' + version + '\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
    for entry in sys.argv[4:]:
        wheel.writestr(entry, entry)
`;

const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const HEADER = 'tensorflow/include/tensorflow/c/eager/c_api.h';

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
}

/**
 * A checkout with the real set-up scripts and with fakes of npm, the compiler and TensorFlow that log each call. Python is
 * real, and so is pip after `useRealPip`. Wheels come from a folder.
 */
export class FakeCheckout {
  readonly root = mkdtempSync(join(tmpdir(), 'setup-'));
  readonly home = join(this.root, '.doubletime');
  readonly bin = join(this.root, 'bin');
  readonly wheels = join(this.root, 'wheels');

  constructor() {
    cpSync(scripts, join(this.root, 'scripts'), { recursive: true });
    for (const folder of [this.bin, this.wheels]) mkdirSync(folder);
    this.write('package.json', JSON.stringify({ name: 'fake', version: '1.0.0', dependencies }));
    this.write('package-lock.json', lockFile('sha512-first'));
    this.write('scripts/setup/probe.mjs', 'console.log(\'doubletime-probe {"version":"2.21.0"}\');\n');
    this.write(
      'src/cli/doubletime.mjs',
      `import { mkdirSync, writeFileSync } from 'node:fs';
       mkdirSync('.doubletime/data', { recursive: true });
       writeFileSync('.doubletime/data/cifar10.pack', 'images');\n`,
    );
    this.command('npm', FAKE_NPM);
    this.command('c++', FAKE_COMPILER);
    this.command('python3', this.fakePip());
    this.addWheel('tensorflow-cpu', [...LIBRARIES, HEADER, 'tensorflow/python/unneeded.py']);
    this.pin({ cpu: ['tensorflow-cpu'] });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  write(path: string, content: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Adds a fake command to PATH: a shell script that logs its call first. */
  command(name: string, script: string): void {
    const file = join(this.bin, name);
    rmSync(file, { force: true });
    const head = `#!/bin/sh\nPATH=/usr/bin:/bin\necho "${name} $*" >> '${this.root}/calls'\n`;
    writeFileSync(file, head + script);
    chmodSync(file, 0o755);
  }

  link(path: string, target: string): void {
    symlinkSync(target, join(this.root, path));
  }

  withoutCommand(name: string): void {
    rmSync(join(this.bin, name), { force: true });
  }

  addWheel(name: string, entries: readonly string[]): void {
    const file = this.wheelFile(name);
    const args = ['-c', MAKE_WHEEL, file, name, '2.21.0', ...entries];
    const { status, stderr } = spawnSync('python3', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  /** Pins these wheels, with their real hashes, for this platform. */
  pin(sets: Record<string, readonly string[]>, gigabytes = 0.001): void {
    const set = (names: readonly string[]) => ({
      gigabytes,
      wheels: names.map((name) => ({ name, version: '2.21.0', sha256: this.hashOf(name) })),
    });
    const kinds = Object.entries(sets).map(([kind, names]): [string, object] => [kind, set(names)]);
    const platform = { tags: ['any'], ...Object.fromEntries(kinds) };
    const platforms = { [`${process.platform}-${process.arch}`]: platform };
    this.pinPlatforms(platforms);
  }

  pinPlatforms(platforms: object): void {
    const pins = { tensorflow: '2.21.0', pythonVersion: '3.12', platforms };
    this.write('scripts/setup/pins.json', JSON.stringify(pins));
  }

  hashOf(name: string): string {
    return createHash('sha256')
      .update(readFileSync(this.wheelFile(name)))
      .digest('hex');
  }

  setUp(environment: Record<string, string> = {}): Outcome {
    const options = {
      encoding: 'utf8',
      cwd: this.root,
      env: this.environment(environment),
    } as const;
    const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs'], options);
    return { status, stderr };
  }

  /** Like setUp, but does not wait for its end. */
  startSetUp(environment: Record<string, string> = {}): {
    child: ChildProcess;
    end: Promise<Outcome>;
  } {
    const child = spawn(process.execPath, ['scripts/setup.mjs'], {
      cwd: this.root,
      env: this.environment(environment),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const end = new Promise<Outcome>((resolve) => {
      child.on('close', (status) => {
        resolve({ status, stderr });
      });
    });
    return { child, end };
  }

  /** The command lines of all calls of fakes so far. */
  calls(): string[] {
    const file = join(this.root, 'calls');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  }

  private wheelFile(name: string): string {
    return join(this.wheels, `${name.replaceAll('-', '_')}-2.21.0-py3-none-any.whl`);
  }

  /** Uses Python's own pip instead of the fake that only copies wheels. */
  useRealPip(): void {
    this.withoutCommand('python3');
    symlinkSync(realPython(), join(this.bin, 'python3'));
  }

  private fakePip(): string {
    return `
[ "$1 $2" = "-m pip" ] || exec ${realPython()} "$@"
[ "$3" = --version ] && exit 0
while [ $# -gt 1 ]; do [ "$1" = --dest ] && dest=$2; shift; done
sed 's/==.*//; s/-/_/g' "$1" | while read name; do cp '${this.wheels}'/"$name"-2* "$dest"; done
`;
  }

  private environment(more: Record<string, string>): Record<string, string> {
    return {
      PATH: this.bin,
      HOME: this.root,
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: this.wheels,
      PIP_NO_CACHE_DIR: '1',
      ...more,
    };
  }
}

function realPython(): string {
  const args = ['-c', 'import sys; print(sys.executable)'];
  return spawnSync('python3', args, { encoding: 'utf8' }).stdout.trim();
}

const dependencies = { '@tensorflow/tfjs-node-gpu': '1.0.0', 'node-api-headers': '1.0.0' };

/** A lock file with the packages that set-up reads. */
export function lockFile(integrity: string): string {
  const root = { name: 'fake', version: '1.0.0', dependencies };
  const entries = Object.keys(dependencies).map((name): [string, object] => [
    `node_modules/${name}`,
    { version: '1.0.0', integrity },
  ]);
  return JSON.stringify({
    name: 'fake',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...Object.fromEntries(entries) },
  });
}

const FAKE_NPM = `
[ "$1" = ping ] && exit 0
rm -rf node_modules
mkdir -p node_modules/@tensorflow/tfjs-node-gpu/binding node_modules/node-api-headers/include
for package in @tensorflow/tfjs-node-gpu node-api-headers; do echo '{}' > node_modules/$package/package.json; done
cp package-lock.json node_modules/.package-lock.json
`;

/** A fake compiler that writes the file after -o. */
const FAKE_COMPILER = `
while [ $# -gt 0 ]; do [ "$1" = -o ] && echo built > "$2"; shift; done
`;
