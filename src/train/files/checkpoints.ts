import { constants, copyFileSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dataError, ExitCode, messageOf, systemCodeOf, UserError } from '../../base/errors.ts';
import { fsyncFolder, temporaryName, writeFailure } from '../../base/files/files.ts';
import { formatCount } from '../../base/text/format.ts';
import { pathExists } from '../../base/files/stat.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';

/** The number of newest checkpoints that are kept. */
const KEEP = 2;
const BEST = 'best.safetensors';
const NAME = /^step-(\d{9,})\.safetensors$/;

const toFileName = (step: number): string => `step-${String(step).padStart(9, '0')}.safetensors`;
const toStep = (name: string): number => Number(NAME.exec(name)?.[1] ?? -1);

const isDamaged = (error: unknown): boolean =>
  error instanceof UserError && [ExitCode.data, ExitCode.noInput].some((code) => code === error.exitCode);

const USES_OLDER = '; using an older checkpoint';

/** The checkpoint to resume from. */
export interface FoundCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly file: string;
  /** One line for each newer checkpoint that cannot be used. */
  readonly warnings: readonly string[];
}

/** A run's checkpoint folder with the two newest checkpoints and the best one. */
export class Checkpoints {
  readonly #folder: string;
  readonly #requireHeld: () => void;
  /** The steps of the checkpoints that this process has written or read. They are known to be intact. */
  #intact: number[] = [];

  /** `requireHeld` is called before each write; omit it to only read. */
  constructor(folder: string, requireHeld: () => void = () => undefined) {
    this.#folder = folder;
    this.#requireHeld = requireHeld;
  }

  #steps(): number[] {
    return readdirSync(this.#folder)
      .map(toStep)
      .filter((step) => step >= 0)
      .sort((a, b) => b - a);
  }

  /**
   * Finds the newest intact checkpoint; undefined if there is no checkpoint yet. Removes no file.
   * @throws UserError exit code 65 if no checkpoint is intact, 74 and others if a checkpoint cannot be read.
   */
  findNewest(): FoundCheckpoint | undefined {
    const names = this.#steps().map(toFileName);
    if (pathExists(join(this.#folder, BEST))) names.push(BEST);
    const warnings: string[] = [];
    for (const name of names) {
      const file = join(this.#folder, name);
      try {
        const checkpoint = readCheckpoint(file);
        if (name !== BEST) this.#intact = [toStep(name)];
        return { checkpoint, file, warnings };
      } catch (error) {
        // After a temporary error of the disk, resuming from an older checkpoint would lose steps.
        if (!isDamaged(error)) throw error;
        warnings.push(messageOf(error) + USES_OLDER);
      }
    }
    if (names.length === 0) return undefined;
    throw dataError(
      `none of ${formatCount(names.length, 'checkpoint')} in ${this.#folder} can be used (none was deleted): ` +
        `${warnings.map((line) => line.slice(0, -USES_OLDER.length)).join('; ')}. ` +
        'Copy an intact checkpoint there, or start a new run in another folder',
    );
  }

  /** The step of the best checkpoint; undefined if there is none, or it is damaged. */
  bestStep(): number | undefined {
    try {
      return readCheckpoint(join(this.#folder, BEST)).state.ledger.steps;
    } catch (error) {
      if (isDamaged(error)) return undefined;
      throw error;
    }
  }

  /**
   * Writes a checkpoint, also as the best one if `isBest`, and removes the oldest one. Returns the file.
   * @throws UserError exit code 73 or 74 if a file cannot be written.
   */
  save(checkpoint: Checkpoint, isBest: boolean): string {
    const step = checkpoint.state.ledger.steps;
    const file = join(this.#folder, toFileName(step));
    writeCheckpoint(file, checkpoint, this.#requireHeld);
    this.#intact = [step, ...this.#intact.filter((other) => other !== step)].slice(0, KEEP);
    if (isBest) this.keepAsBest(file);
    this.#prune();
    return file;
  }

  /** Keeps a checkpoint as the best one, by a hard link, so that it stays when `file` is removed. @throws UserError exit code 73 or 74. */
  keepAsBest(file: string): void {
    const best = join(this.#folder, BEST);
    const temporary = temporaryName(best);
    try {
      try {
        linkSync(file, temporary);
      } catch {
        // The file system has no hard links.
        copyFileSync(file, temporary, constants.COPYFILE_EXCL);
      }
      this.#requireHeld();
      renameSync(temporary, best);
      // If the best checkpoint is a link to the same file already, rename does nothing (POSIX).
      rmSync(temporary, { force: true });
      fsyncFolder(this.#folder);
    } catch (error) {
      throw writeFailure(best, error);
    }
  }

  /** Removes older checkpoints. Files of later steps than the newest intact one are damaged; they stay until the run reaches their step. */
  #prune(): void {
    const newest = Math.max(...this.#intact);
    if (this.#intact.length < KEEP) return;
    for (const step of this.#steps()) if (step < newest && !this.#intact.includes(step)) this.#remove(toFileName(step));
  }

  #remove(name: string): void {
    const file = join(this.#folder, name);
    this.#requireHeld();
    try {
      rmSync(file, { force: true });
    } catch (error) {
      // A folder with this name was not written by doubletime, so it stays.
      if (systemCodeOf(error) !== 'ERR_FS_EISDIR') throw writeFailure(file, error);
    }
  }
}
