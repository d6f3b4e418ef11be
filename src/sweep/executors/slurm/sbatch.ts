import { ExitCode, UserError } from '../../../base/errors.ts';
import { shellQuote } from '../../../base/text/shell.ts';
import type { Command } from '../../processes/child.ts';
import type { SlurmOptions } from './options.ts';

export interface BatchFile {
  /** The sweep's name. */
  readonly sweep: string;
  /** Absolute path of Slurm's folder in the sweep's folder, for logs and lists. */
  readonly folder: string;
  /** The working folder of the jobs. Paths in configs are relative to it. */
  readonly workingFolder: string;
  /** The command of an array task, without its last argument, the run's id. */
  readonly command: Command;
  readonly config: SlurmOptions;
}

/** The name of a sweep's jobs in `squeue`. */
export const jobName = (sweep: string): string => `doubletime-${sweep}`;

/**
 * Checks that text fits in one line of the batch file. Slurm or the shell would execute what follows a line break.
 * @throws UserError 64 naming the text.
 */
function requireOneLine(text: string): string {
  if (!/\p{Cc}/u.test(text)) return text;
  const shown = JSON.stringify(text).replaceAll(
    /\p{Cc}/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  throw new UserError(
    `${shown} contains control characters or line breaks, which a batch file cannot contain: use paths and names without them`,
    ExitCode.usage,
  );
}

/** Quotes a value for a `#SBATCH` line. */
const quoteOption = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `"${requireOneLine(text).replaceAll(/(["\\])/g, '\\$1')}"`;

/**
 * Escapes a path for a file name pattern of sbatch, in which `%j` is a job's number. With a backslash in the path, sbatch uses no
 * patterns, and all tasks would write to one file. @throws UserError 64 for a path with a backslash.
 */
function escapePattern(path: string): string {
  if (!path.includes('\\')) return path.replaceAll('%', '%%');
  throw new UserError(
    `${path} contains a backslash, and Slurm cannot name logs in such a folder: choose another --dir`,
    ExitCode.usage,
  );
}

type Option = readonly [name: string, value: string | number | undefined];

const optional = (name: string, value: string | number | undefined): Option[] =>
  value === undefined ? [] : [[name, value]];

function optionLines({ sweep, folder, workingFolder, config }: BatchFile): string[] {
  const options: Option[] = [
    ['job-name', jobName(sweep)],
    ['chdir', workingFolder],
    ['output', `${escapePattern(folder)}/%A_%a.log`],
    ['open-mode', 'append'],
    ['requeue', undefined],
    ['signal', `B:USR1@${config.warnSeconds}`],
    ['kill-on-invalid-dep', 'yes'],
    ...optional('partition', config.partition),
    ...optional('account', config.account),
    ...optional('time', config.time),
    ...optional('gres', config.gres),
    ...optional('cpus-per-task', config.cpusPerTask),
    ...optional('mem', config.memory),
  ];
  return options.map(([name, value]) =>
    value === undefined ? `#SBATCH --${name}` : `#SBATCH --${name}=${quoteOption(String(value))}`,
  );
}

/**
 * The text of a sweep's batch file. Its first argument is a list of run ids, its second the number of lines to skip. Each task of
 * the array reads its run's id from the list and starts the run. After USR1 (the time limit is near), the run writes a checkpoint
 * and the job returns to the queue. After TERM (Slurm has preempted or cancelled the job), the run writes a checkpoint too, and
 * Slurm decides whether the job returns.
 * @throws UserError 64 for text that does not fit in one line.
 */
export function batchText(file: BatchFile): string {
  const words = [file.command.file, ...file.command.args].map(requireOneLine).map(shellQuote).join(' ');
  return `#!/bin/bash
# Written by: doubletime sweep --executor slurm. One task of the array is one run of the sweep "${requireOneLine(file.sweep)}".
${[...optionLines(file), ...file.config.extraLines].join('\n')}

list=$1 skip=\${2:-0}
run=$(sed -n "$((SLURM_ARRAY_TASK_ID + skip + 1))p" "$list")
job=\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}
echo "$(date +%FT%T) $run starts as job $job on $(hostname), restart \${SLURM_RESTART_COUNT:-0}"
timeout=no stopped=no signals=0 child=
stop() { stopped=yes signals=$((signals + 1)); [ -z "$child" ] || kill -TERM $child; }
trap 'timeout=yes; stop' USR1
trap stop TERM
${file.config.setup.map((line) => `${line}\n`).join('')}
code=75
if [ $stopped = no ]; then
  ${words} "$run" &
  child=$!
  [ $stopped = no ] || kill -TERM $child
  # A trapped signal ends "wait" before the run has ended. So wait again, once per signal, for the run's own exit code.
  wait $child; code=$?
  while [ $signals -gt 0 ] && [ $code -gt 128 ]; do
    signals=$((signals - 1))
    wait $child; code=$?
  done
fi
# 143: the run got SIGTERM before it could handle it. It has changed nothing.
[ $stopped = yes ] && [ $code -eq 143 ] && code=75
echo "$(date +%FT%T) $run ended with exit code $code"

if [ $code -eq 75 ]; then
  state=$(scontrol show job "$job" | sed -n 's/^ *JobState=\\([A-Z]*\\).*/\\1/p')
  if [ $timeout = yes ] || [ "$state" = RUNNING ]; then
    # The controller may be busy or restarting, so try again.
    for _ in 1 2 3 4 5; do scontrol requeue "$job" && break; sleep 5; done
  fi
fi
exit $code
`;
}
