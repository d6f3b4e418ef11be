import type { SlurmConfig } from '../../config/sweep.ts';
import type { Command } from '../child.ts';

export interface BatchFile {
  /** The sweep's name. */
  readonly sweep: string;
  /** Absolute path of the sweep's folder for Slurm: logs and lists. */
  readonly folder: string;
  /** Where the jobs run: paths in configs are relative to it. */
  readonly workingFolder: string;
  /** What an array task starts, with the run's id behind it. */
  readonly command: Command;
  readonly config: SlurmConfig;
}

/** Under this name `squeue` lists a sweep's jobs. */
export const jobName = (sweep: string): string => `doubletime-${sweep}`;

/** A word as the shell takes it literally. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** A value as sbatch takes it literally in a `#SBATCH` line. */
const optionWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `"${text.replaceAll(/(["\\])/g, '\\$1')}"`;

function optionLines({ sweep, folder, workingFolder, config }: BatchFile): string[] {
  const options: [string, string | number | undefined][] = [
    ['job-name', jobName(sweep)],
    ['chdir', workingFolder],
    ['output', `${folder}/%A_%a.log`],
    ['open-mode', 'append'],
    ['requeue', undefined],
    ['signal', `B:USR1@${config.warnSeconds}`],
    ['kill-on-invalid-dep', 'yes'],
    ...(config.partition ? [['partition', config.partition] as [string, string]] : []),
    ...(config.account ? [['account', config.account] as [string, string]] : []),
    ...(config.time ? [['time', config.time] as [string, string]] : []),
    ...(config.gres ? [['gres', config.gres] as [string, string]] : []),
    ...(config.cpusPerTask ? [['cpus-per-task', config.cpusPerTask] as [string, number]] : []),
    ...(config.memory ? [['mem', config.memory] as [string, string]] : []),
  ];
  return options.map(([name, value]) =>
    value === undefined ? `#SBATCH --${name}` : `#SBATCH --${name}=${optionWord(String(value))}`,
  );
}

/**
 * The batch file of a sweep: an array task takes its run's id from a list (first argument, second: how many lines to skip)
 * and starts it, unless it is told to end before that. Told by USR1 that its time ends, it lets the run checkpoint and goes
 * back to the queue. On TERM the run checkpoints too; whether the job comes back is then for Slurm to say, which has
 * preempted or cancelled it.
 */
export function batchText(file: BatchFile): string {
  const words = [file.command.file, ...file.command.args].map(shellWord).join(' ');
  return `#!/bin/bash
# Written by: doubletime sweep --executor slurm. One task of the array is one run of the sweep "${file.sweep}".
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
