import { ExitCode, UserError } from '../../../base/errors.ts';
import { shellQuote } from '../../../base/shell.ts';
import type { Command } from '../../child.ts';
import type { SlurmOptions } from './options.ts';

export interface BatchFile {
  /** The sweep's name. */
  readonly sweep: string;
  /** Absolute path of the sweep's folder for Slurm: logs and lists. */
  readonly folder: string;
  /** Where the jobs run: paths in configs are relative to it. */
  readonly workingFolder: string;
  /** What an array task starts, with the run's id behind it. */
  readonly command: Command;
  readonly config: SlurmOptions;
}

/** Under this name `squeue` lists a sweep's jobs. */
export const jobName = (sweep: string): string => `doubletime-${sweep}`;

/**
 * Text that stays on its line of the batch file: a line break in it would begin a line that Slurm or the shell obeys.
 * @throws UserError 64 naming the text.
 */
function oneLine(text: string): string {
  if (!/\p{Cc}/u.test(text)) return text;
  const shown = JSON.stringify(text).replaceAll(
    /\p{Cc}/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  throw new UserError(
    `${shown}: control characters and line breaks cannot stand in a batch file: use a path and names without them`,
    ExitCode.usage,
  );
}

/** A value as sbatch takes it literally in a `#SBATCH` line. */
const optionWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `"${oneLine(text).replaceAll(/(["\\])/g, '\\$1')}"`;

/**
 * A path in a file name pattern of sbatch, where `%j` would be a job's number. A backslash in one turns all patterns off,
 * so that every task would write into one file. @throws UserError 64 for such a path.
 */
function patternPath(path: string): string {
  if (!path.includes('\\')) return path.replaceAll('%', '%%');
  throw new UserError(
    `${path}: Slurm cannot name logs in a folder with a backslash: choose another --dir`,
    ExitCode.usage,
  );
}

type Option = readonly [name: string, value: string | number | undefined];

const given = (name: string, value: string | number | undefined): Option[] =>
  value === undefined ? [] : [[name, value]];

function optionLines({ sweep, folder, workingFolder, config }: BatchFile): string[] {
  const options: Option[] = [
    ['job-name', jobName(sweep)],
    ['chdir', workingFolder],
    ['output', `${patternPath(folder)}/%A_%a.log`],
    ['open-mode', 'append'],
    ['requeue', undefined],
    ['signal', `B:USR1@${config.warnSeconds}`],
    ['kill-on-invalid-dep', 'yes'],
    ...given('partition', config.partition),
    ...given('account', config.account),
    ...given('time', config.time),
    ...given('gres', config.gres),
    ...given('cpus-per-task', config.cpusPerTask),
    ...given('mem', config.memory),
  ];
  return options.map(([name, value]) =>
    value === undefined ? `#SBATCH --${name}` : `#SBATCH --${name}=${optionWord(String(value))}`,
  );
}

/**
 * The batch file of a sweep. A task of the array takes its run's id from a list (first argument; second: how many lines to
 * skip) and starts it, unless it is told to end before that. Told by USR1 that its time ends, it lets the run checkpoint
 * and returns to the queue. On TERM the run checkpoints too; whether the job returns is then up to Slurm, which has
 * preempted or cancelled it. @throws UserError 64 for text that cannot stand in one line.
 */
export function batchText(file: BatchFile): string {
  const words = [file.command.file, ...file.command.args].map(oneLine).map(shellQuote).join(' ');
  return `#!/bin/bash
# Written by: doubletime sweep --executor slurm. One task of the array is one run of the sweep "${oneLine(file.sweep)}".
${[...optionLines(file), ...file.config.extraLines].join('\n')}

list=$1 skip=\${2:-0}
run=$(sed -n "$((SLURM_ARRAY_TASK_ID + skip + 1))p" "$list")
job=\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}
echo "$(date +%FT%T) $run starts as job $job on $(hostname), restart \${SLURM_RESTART_COUNT:-0}"
warned=no asked=no told=0 child=
tell() { asked=yes told=$((told + 1)); [ -z "$child" ] || kill -TERM $child; }
trap 'warned=yes; tell' USR1
trap tell TERM
${file.config.setup.map((line) => `${line}\n`).join('')}
code=75
if [ $asked = no ]; then
  ${words} "$run" &
  child=$!
  [ $asked = no ] || kill -TERM $child
  # A trapped signal ends wait before the run has ended: wait again, once for each, for its own exit code.
  wait $child; code=$?
  while [ $told -gt 0 ] && [ $code -gt 128 ]; do
    told=$((told - 1))
    wait $child; code=$?
  done
fi
# It was told before it could listen, and has touched nothing.
[ $asked = yes ] && [ $code -eq 143 ] && code=75
echo "$(date +%FT%T) $run ended with exit code $code"

if [ $code -eq 75 ]; then
  state=$(scontrol show job "$job" | sed -n 's/^ *JobState=\\([A-Z]*\\).*/\\1/p')
  if [ $warned = yes ] || [ "$state" = RUNNING ]; then
    # A controller that is busy or starts again is asked once more.
    for _ in 1 2 3 4 5; do scontrol requeue "$job" && break; sleep 5; done
  fi
fi
exit $code
`;
}
