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
  /** The command of an array task; the run's id is added. */
  readonly command: Command;
  readonly config: SlurmOptions;
}

/** The name of a sweep's jobs in `squeue`. */
export const jobName = (sweep: string): string => `doubletime-${sweep}`;

/**
 * Checks text for one line of the batch file. After a line break, Slurm or the shell would execute the rest.
 * @throws UserError 64 naming the text.
 */
function oneLine(text: string): string {
  if (!/\p{Cc}/u.test(text)) return text;
  const shown = JSON.stringify(text).replaceAll(
    /\p{Cc}/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  throw new UserError(
    `${shown}: a batch file cannot contain control characters and line breaks: use a path and names without them`,
    ExitCode.usage,
  );
}

/** Quotes a value for a `#SBATCH` line. */
const optionWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `"${oneLine(text).replaceAll(/(["\\])/g, '\\$1')}"`;

/**
 * Escapes a path for a file name pattern of sbatch, in which `%j` means a job's number. A backslash turns all patterns off, and
 * every task would write to one file. @throws UserError 64 for a path with a backslash.
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
 * The text of a sweep's batch file. A task of the array reads its run's id from a list (first argument; the second is the number of
 * lines to skip) and starts the run. After USR1 (the time limit is near), the run writes a checkpoint and the job returns to the
 * queue. After TERM the run writes a checkpoint too; Slurm, which has preempted or cancelled the job, decides whether it returns.
 * @throws UserError 64 for text that does not fit in one line.
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
