import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCodeOf } from './errors.ts';

/** Identifies one process on this machine and on all machines that share its folders. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's start, because process numbers are reused; null if unknown. */
  readonly startedTicks: number | null;
  readonly host: string;
  /** Does not change when the machine restarts. */
  readonly machine: string;
  /** Changes with every restart of the machine. */
  readonly boot: string;
  /** Each container of a machine numbers its own processes. */
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

/** State letter and start of a process from /proc, undefined if there is no such process (or no /proc). */
function statOf(pid: number): { state: string; startedTicks: number } | undefined {
  const text = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The name in parentheses may contain blanks and parentheses. Field 3 follows the last parenthesis; field 22 is the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === undefined || state === '' ? undefined : { state, startedTicks: Number(fields[19]) };
}

let fixed: Omit<ProcessIdentity, 'token' | 'since'> | undefined;

/** Describes this process, with a new token. */
export function identifyProcess(): ProcessIdentity {
  fixed ??= {
    pid: process.pid,
    startedTicks: statOf(process.pid)?.startedTicks ?? null,
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

/** Whether a process is alive; `unknown` for a process of another machine or container. */
export function checkLiveness(other: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const me = identifyProcess();
  const here = other.host === me.host && other.machine === me.machine;
  if (other.boot !== me.boot) return here ? 'dead' : 'unknown';
  if (other.pidNamespace !== me.pidNamespace) return 'unknown';
  // A damaged lock file. For `kill`, 0 and negative numbers mean groups of processes.
  if (!Number.isSafeInteger(other.pid) || other.pid < 1) return 'dead';
  if (other.startedTicks === null) return answersSignals(other.pid) ? 'alive' : 'dead';
  const stat = statOf(other.pid);
  return stat?.startedTicks === other.startedTicks && stat.state !== 'Z' ? 'alive' : 'dead';
}
