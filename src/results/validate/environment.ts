import type { Measurement } from '../measurement.ts';
import { problem, type Problem } from './finding.ts';

const KIBIBYTE = 1024;

/** The description of the machine and its software must have the form that doubletime writes. */
export function environmentProblems({ environment, totals }: Measurement): Problem[] {
  const { commit, device, gpus } = environment;
  const isCommit = commit === null || /^[0-9a-f]{40}([0-9a-f]{24})?(-dirty)?$/.test(commit);
  return [
    ...(isCommit
      ? []
      : [
          problem(
            ['environment', 'commit'],
            `is ${commit}, expected a git commit: 40 or 64 hex digits, and -dirty after local changes`,
          ),
        ]),
    ...(device === 'gpu' && gpus.length === 0
      ? [problem(['environment', 'device'], 'is gpu, but no GPU is listed')]
      : []),
    ...(Number.isInteger(totals.peakMemoryBytes / KIBIBYTE)
      ? []
      : [
          problem(
            ['totals', 'peakMemoryBytes'],
            `is ${totals.peakMemoryBytes}, expected a multiple of 1024, because systems report whole KiB`,
          ),
        ]),
  ];
}
