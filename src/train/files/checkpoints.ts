import { constants, copyFileSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dataError, ExitCode, messageOf, systemCodeOf, UserError } from '../../base/errors.ts';
import { fsyncFolder, isThere, temporaryName, writeFailure } from '../../base/files.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';

const KEEP = 2;
const BEST = 'best.safetensors';
const NAME = /^step-(\d{9,})\.safetensors$/;

const nameOf = (step: number): string => `step-${String(step).padStart(9, '0')}.safetensors`;
const stepOf = (name: string): number => Number(NAME.exec(name)?.[1] ?? -1);

const isDamage = (error: unknown): boolean =>
  error instanceof UserError && [ExitCode.data, ExitCode.noInput].some((c) => c === error.exitCode);

export interface Found {
  readonly checkpoint: Checkpoint;
  readonly file: string;
  /** One line for each newer checkpoint that could not be used. */
  readonly warnings: readonly string[];
}

/** A run's folder of checkpoints: the last two, and the best. */
export class Checkpoints {
  readonly #folder: string;
  readonly #requireHeld: () => void;
  /** Steps of the files that this process has written or read: known to be whole. */
  #good: number[] = [];

  /** `requireHeld` is asked before each write; left out where nothing is written. */
  constructor(folder: string, requireHeld: () => void = () => undefined) {
    this.#folder = folder;
    this.#requireHeld = requireHeld;
  }

  #steps(): number[] {
    return readdirSync(this.#folder)
      .map(stepOf)
      .filter((step) => step >= 0)
      .sort((a, b) => b - a);
  }

  /**
   * The newest checkpoint that is whole; undefined where there is none yet. Nothing is deleted.
   * @throws UserError exit code 65 where there are some but not one can be used; 74 and others where the system refuses one.
   */
  findNewest(): Found | undefined {
    const names = this.#steps().map(nameOf);
    if (isThere(join(this.#folder, BEST))) names.push(BEST);
    const warnings: string[] = [];
    for (const name of names) {
      const file = join(this.#folder, name);
      try {
        const checkpoint = readCheckpoint(file);
        if (name !== BEST) this.#good = [stepOf(name)];
        return { checkpoint, file, warnings };
      } catch (error) {
        // A disk that fails for a moment must not cost the steps since an older checkpoint.
        if (!isDamage(error)) throw error;
        warnings.push(`${messageOf(error)}; taking an older one`);
      }
    }
    if (names.length === 0) return undefined;
    throw dataError(
      `none of the ${names.length} checkpoints in ${this.#folder} can be used, and none was deleted: ` +
        `${warnings.map((line) => line.replace(/; taking an older one$/, '')).join('; ')}. ` +
        'Put a whole one there, or start again in another folder',
    );
  }

  /** Writes the checkpoint of its step, keeps it as the best too where asked, and lets go of the third last. */
  save(checkpoint: Checkpoint, isBest: boolean): string {
    const step = checkpoint.state.ledger.steps;
    const file = join(this.#folder, nameOf(step));
    writeCheckpoint(file, checkpoint, this.#requireHeld);
    this.#good = [step, ...this.#good.filter((other) => other !== step)].slice(0, KEEP);
    if (isBest) this.keepAsBest(file);
    this.#prune();
    return file;
  }

  /** A second name for the same file: the first may go, the bytes stay. */
  keepAsBest(file: string): void {
    const best = join(this.#folder, BEST);
    const temporary = temporaryName(best);
    try {
      try {
        linkSync(file, temporary);
      } catch {
        // A file system without hard links.
        copyFileSync(file, temporary, constants.COPYFILE_EXCL);
      }
      this.#requireHeld();
      renameSync(temporary, best);
      fsyncFolder(this.#folder);
    } catch (error) {
      throw writeFailure(best, error);
    }
  }

  /** Files of a run that went further than this process are damaged ones: they stay until they are passed. */
  #prune(): void {
    const newest = Math.max(...this.#good);
    if (this.#good.length < KEEP) return;
    for (const step of this.#steps()) if (step < newest && !this.#good.includes(step)) this.#remove(nameOf(step));
  }

  #remove(name: string): void {
    const file = join(this.#folder, name);
    this.#requireHeld();
    try {
      rmSync(file, { force: true });
    } catch (error) {
      // A folder of that name is not ours to remove.
      if (systemCodeOf(error) !== 'ERR_FS_EISDIR') throw writeFailure(file, error);
    }
  }
}
