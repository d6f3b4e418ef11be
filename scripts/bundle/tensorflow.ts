import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configError } from '../../src/base/errors.ts';
import { sha256Of } from '../../src/base/hash.ts';
import { packageFile } from '../../src/base/home.ts';
import { type CudaPart } from './cuda-libraries.ts';
import { type Reduction, reduceLibrary, runsCode } from './reduce.ts';

interface Choice {
  readonly kind: 'cpu' | 'cuda';
  readonly version: string;
  /** The folder of the installed libraries; its parent also holds `nvidia`. */
  readonly folder: string;
  readonly wheels: readonly { readonly name: string; readonly version: string; readonly sha256: string }[];
}
interface SetUpScripts {
  chooseTensorFlow(options: { home: string; env: Record<string, string> }): Choice;
  librariesIn(folder: string): object | undefined;
  fetchWheels(choice: Choice, work: string, options: { logFile: string; log: (line: string) => void }): Promise<void>;
}

/** The TensorFlow of a bundle. */
export interface BundledTensorFlow {
  readonly kind: 'cpu' | 'cuda';
  readonly version: string;
  /** Contains `tensorflow` and, with CUDA, `nvidia`, in the layout of the wheels, so that the libraries find each other. */
  readonly folder: string;
}

const loadScripts = async (): Promise<SetUpScripts> => {
  const load = (name: string): Promise<object> => import(pathToFileURL(packageFile(`scripts/setup/${name}.mjs`)).href);
  return { ...(await load('choice')), ...(await load('tensorflow')) } as SetUpScripts;
};

const TENSORFLOW_FILES = /^(libtensorflow_(cc|framework)\.so\.2|THIRD_PARTY_NOTICES\.txt)$/;

/** The files of a folder with unpacked wheels that the bundle contains, relative to the folder. */
function listBundledFiles(whole: string, parts: readonly CudaPart[]): string[] {
  const list = (folder: string): string[] =>
    existsSync(join(whole, folder))
      ? readdirSync(join(whole, folder), { recursive: true, encoding: 'utf8' }).map((name) => name)
      : [];
  return [
    ...list('tensorflow')
      .filter((name) => TENSORFLOW_FILES.test(name))
      .map((name) => `tensorflow/${name}`),
    ...parts.flatMap(({ folder, files }) =>
      list(`nvidia/${folder}`)
        .filter((name) => files.test(name))
        .map((name) => `nvidia/${folder}/${name}`),
    ),
  ].sort();
}

/** @throws UserError exit code 78 if TensorFlow has no code for the GPU architecture. */
function checkArchitecture({ architectures, ptx }: Reduction, gpu: number, version: string): void {
  if (
    architectures.some((architecture) => runsCode(gpu, architecture)) ||
    ptx.some((architecture) => architecture <= gpu)
  )
    return;
  throw configError(
    `--gpu-arch ${gpu}: TensorFlow ${version} has no code for GPUs of compute capability ${gpu / 10}; expected one of ` +
      `${architectures.join(', ')}, or later`,
  );
}

/** Copies files from `whole` to `target`, and reduces the libraries among them. */
async function reduceAll(
  whole: string,
  target: string,
  files: readonly string[],
  gpu: number | undefined,
  version: string,
) {
  for (const file of files) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    if (!/\.so(\.|$)/.test(file)) {
      await copyFile(join(whole, file), join(target, file));
      continue;
    }
    const reduction = reduceLibrary(join(whole, file), join(target, file), gpu);
    if (gpu !== undefined && file.endsWith('libtensorflow_framework.so.2')) checkArchitecture(reduction, gpu, version);
  }
}

/**
 * Reduces TensorFlow and the parts of CUDA to one GPU architecture. The result is cached in the home folder for the next bundle.
 * Uses the libraries that set-up has installed, and downloads those that it has not.
 * @param gpu undefined for a bundle without CUDA; 90 for compute capability 9.0.
 * @throws UserError exit code 78 if TensorFlow has no code for that architecture; SetupFailure if a download fails.
 */
export async function reducedTensorFlow(
  home: string,
  parts: readonly CudaPart[],
  gpu: number | undefined,
  log: (line: string) => void,
): Promise<BundledTensorFlow> {
  const scripts = await loadScripts();
  const kind = gpu === undefined ? 'cpu' : 'cuda';
  const choice = scripts.chooseTensorFlow({ home, env: { DOUBLETIME_TENSORFLOW: kind } });
  const wheels = choice.wheels.filter(
    ({ name }) => !name.startsWith('nvidia-') || parts.some(({ wheel }) => wheel === name),
  );
  const key = sha256Of(JSON.stringify([wheels, gpu, 1])).slice(0, 12);
  const folder = join(home, 'bundle', `${kind}-${choice.version}-${key}`);
  const result = { kind, version: choice.version, folder } as const;
  if (existsSync(folder)) return result;
  mkdirSync(join(home, 'bundle'), { recursive: true });
  const work = mkdtempSync(join(home, 'bundle', 'work-'));
  try {
    const installed = scripts.librariesIn(choice.folder) === undefined ? undefined : dirname(choice.folder);
    if (installed === undefined)
      await scripts.fetchWheels({ ...choice, wheels }, work, { logFile: join(home, 'bundle', 'download.log'), log });
    const whole = installed ?? join(work, 'whole');
    log(gpu === undefined ? 'reducing TensorFlow' : `reducing TensorFlow and CUDA to compute capability ${gpu / 10}`);
    const reduced = join(work, 'reduced');
    await reduceAll(whole, reduced, listBundledFiles(whole, parts), gpu, choice.version);
    writeFileSync(join(reduced, 'version'), `${choice.version}\n`);
    renameSync(reduced, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return result;
}
