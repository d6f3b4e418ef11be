import type { Measurement } from '../measurement.ts';
import { complain, type Complaint } from './finding.ts';

const KIBIBYTE = 1024;

/** The description of the machine and its software must have the form that the program writes. */
export function environmentComplaints({ environment, totals }: Measurement): Complaint[] {
  const { commit, device, gpus } = environment;
  const isCommit = commit === null || /^[0-9a-f]{40}([0-9a-f]{24})?(-dirty)?$/.test(commit);
  return [
    ...(isCommit ? [] : [complain(['environment', 'commit'], `is ${commit}, expected a git commit`)]),
    ...(device === 'gpu' && gpus.length === 0
      ? [complain(['environment', 'device'], 'is gpu, but no GPU is listed')]
      : []),
    ...(Number.isInteger(totals.peakMemoryBytes / KIBIBYTE)
      ? []
      : [
          complain(
            ['totals', 'peakMemoryBytes'],
            `is ${totals.peakMemoryBytes}, expected a multiple of 1024: systems report whole KiB`,
          ),
        ]),
  ];
}
