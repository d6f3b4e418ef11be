import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCodeOf } from '../errors.ts';

/** Identifies a process among all processes of the machines that share a folder. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in clock ticks after the machine's start; null if unknown. Needed because process numbers are reused. */
  readonly startedTicks: number | null;
  readonly host: string;
  /** Does not change when the machine restarts. */
  readonly machine: string;
  /** Changes with every restart of the machine. */
  readonly boot: string;
  /** The namespace of the process number: each container of a machine has its own process numbers. */
  readonly pidNamespace: string;
  /** Unique to this lock, even among the locks of one process. */
  readonly token: string;
  readonly since: string;
}

function readOr(otherwise: string, read: () => string): string {
  try {
    return read().trim();
  } catch {
    return otherwise;
  }
}

/** The state letter and the start of a process from /proc; undefined if the process (or /proc) does not exist. */
function readStat(pid: number): { state: string; startedTicks: number } | undefined {
  const text = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The name in parentheses may contain spaces and parentheses. Field 3 follows the last parenthesis; field 22 is the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === undefined || state === '' ? undefined : { state, startedTicks: Number(fields[19]) };
}

let fixed: Omit<ProcessIdentity, 'token' | 'since'> | undefined;

/** Describes this process, with a new token. */
export function identifyProcess(): ProcessIdentity {
  fixed ??= {
    pid: process.pid,
    startedTicks: readStat(process.pid)?.startedTicks ?? null,
    host: hostname(),
    machine: readOr(hostname(), () => readFileSync('/etc/machine-id', 'latin1')),
    boot: readOr('unknown', () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')),
    pidNamespace: readOr('unknown', () => readlinkSync('/proc/self/ns/pid')),
  };
  return { ...fixed, token: randomBytes(6).toString('hex'), since: new Date().toISOString() };
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}

/** Whether a process is alive; `unknown` for a process on another machine or in another container. */
export function checkLiveness(other: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const own = identifyProcess();
  const isSameMachine = other.host === own.host && other.machine === own.machine;
  if (other.boot !== own.boot) return isSameMachine ? 'dead' : 'unknown';
  if (other.pidNamespace !== own.pidNamespace) return 'unknown';
  // The number of a damaged lock file. `kill` takes 0 and negative numbers as groups of processes.
  if (!Number.isSafeInteger(other.pid) || other.pid < 1) return 'dead';
  if (other.startedTicks === null) return answersSignals(other.pid) ? 'alive' : 'dead';
  const stat = readStat(other.pid);
  return stat?.startedTicks === other.startedTicks && stat.state !== 'Z' ? 'alive' : 'dead';
}
