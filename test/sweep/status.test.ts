import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { identifyProcess } from '../../src/base/system/process-identity.ts';
import { estimateFolderEta } from '../../src/sweep/eta/folder-eta.ts';
import { savePlan } from '../../src/sweep/folder.ts';
import { rememberProblems } from '../../src/sweep/measurement-checks.ts';
import { type MeasurementBody, sealMeasurement } from '../../src/results/measurement.ts';
import { runPaths } from '../../src/results/run-folder.ts';
import { measurementText } from '../../src/results/store.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import { recordJobs } from '../../src/sweep/executors/slurm/jobs-file.ts';
import { statusJson, readStatus, addJobs } from '../../src/sweep/status.ts';
import { countsText, statusText } from '../../src/sweep/terminal/status-text.ts';
import { makeMeasurement, withConfigOf } from '../support/measurements.ts';
import { planOf, sampleProgress as progress, sweepHeader, temporaryFolder } from '../support/sweeps.ts';

/** A folder with one run in every state. Only its files show the state of a run. */
function everyState() {
  const folder = temporaryFolder();
  const plan = planOf(
    folder,
    `${sweepHeader}level: { metric: top1, anchor: alexnet }
runs:
  - network: alexnet
  - network: vgg11
  - { network: resnet50, level: null }
  - { network: googlenet, level: null }
  - { network: mobilenet_v1, level: null }
  - { network: squeezenet1_1, level: null }
  - { network: efficientnet_b0, level: null }
`,
  );
  savePlan(folder, plan);
  const runOf = (name: string) => plan.runs.find((run) => run.name === name);
  const put = (name: string, files: Record<string, object>): void => {
    const id = runOf(name)?.id ?? name;
    const run = sweepPaths(folder).run(id);
    mkdirSync(run, { recursive: true });
    for (const [file, value] of Object.entries(files)) writeFileSync(join(run, file), JSON.stringify(value));
  };
  const endedProcess = { ...identifyProcess(), pid: 2 ** 22 + 1 };
  put('resnet50', { 'progress.json': progress, lock: identifyProcess() });
  put('googlenet', { 'progress.json': { ...progress, state: 'stopped' } });
  put('mobilenet_v1', { 'progress.json': progress, lock: endedProcess });
  put('squeezenet1_1', {
    'progress.json': { ...progress, state: 'finished' },
    'measurement.json': withConfigOf(runOf('squeezenet1_1')!, makeMeasurement({ network: 'squeezenet1_1' })),
  });
  put('efficientnet_b0', { 'progress.json': { ...progress, state: 'failed', message: 'no disk' } });
  put('old-s0-00000000', { 'progress.json': progress });
  return { folder, plan };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('readStatus', () => {
  it('finds every state from the files of a run', () => {
    const { folder, plan } = everyState();
    const runs = readStatus(folder);
    expect(Object.fromEntries(runs.map(({ name, phase }) => [name, phase]))).toEqual({
      alexnet: 'queued',
      vgg11: 'waiting',
      resnet50: 'running',
      googlenet: 'stopped',
      mobilenet_v1: 'interrupted',
      squeezenet1_1: 'done',
      efficientnet_b0: 'failed',
      'old-s0-00000000': 'interrupted',
    });
    expect(runs.find(({ name }) => name === 'vgg11')?.anchor).toBe(plan.runs[0]?.id);
    expect(runs.find(({ name }) => name === 'old-s0-00000000')?.sweep).toBeNull();
  });

  it('shows a run whose folder is a link, such as to another disk, and ignores a link that leads nowhere', () => {
    const { folder, plan } = everyState();
    const [moved, linked] = [temporaryFolder(), sweepPaths(folder).run(plan.runs[4]!.id)];
    renameSync(linked, join(moved, 'run'));
    symlinkSync(join(moved, 'run'), linked);
    symlinkSync('nowhere', join(folder, 'runs', 'dangling'));
    symlinkSync('self', join(folder, 'runs', 'self'));
    const runs = readStatus(folder);
    expect(runs.find(({ name }) => name === 'mobilenet_v1')?.phase).toBe('interrupted');
    expect(runs.map(({ id }) => id)).not.toContain('dangling');
    expect(runs.map(({ id }) => id)).not.toContain('self');
  });

  it('says that a run is blocked whose anchor has set no level', () => {
    const { folder, plan } = everyState();
    const [anchor] = plan.runs;
    const run = sweepPaths(folder).run(anchor!.id);
    mkdirSync(run, { recursive: true });
    const finished: MeasurementBody & { sha256?: string } = {
      ...withConfigOf(anchor!, makeMeasurement({ network: 'alexnet' })),
    };
    delete finished.sha256;
    const phaseOf = (name: string) => readStatus(folder).find((status) => status.name === name)?.phase;
    writeFileSync(join(run, 'measurement.json'), measurementText(sealMeasurement({ ...finished, status: 'diverged' })));
    expect(phaseOf('vgg11')).toBe('blocked');
    expect(statusText(readStatus(folder))).toMatch(/blocked .* has set no level/);
    writeFileSync(join(run, 'measurement.json'), measurementText(sealMeasurement(finished)));
    expect(phaseOf('vgg11')).toBe('queued');
  });

  it('shows a run whose measurement cannot be used as failed, with the reason, and the runs of its level as blocked', () => {
    const { folder, plan } = everyState();
    const alexnetRun = plan.runs.find(({ name }) => name === 'alexnet')!;
    const { id } = alexnetRun;
    const file = runPaths(sweepPaths(folder).run(id)).measurement;
    mkdirSync(sweepPaths(folder).run(id), { recursive: true });
    const text = measurementText(withConfigOf(alexnetRun, makeMeasurement({ network: 'alexnet' })));
    const findProblem = rememberProblems();
    const show = () => {
      const runs = readStatus(folder, findProblem);
      const [alexnet, vgg11] = runs;
      return [alexnet?.phase, vgg11?.phase, /^alexnet.*$/m.exec(statusText(runs))![0]];
    };
    writeFileSync(file, text.replace('"seed": 0', '"seed": 1'));
    expect(show()).toEqual(['failed', 'blocked', expect.stringMatching(/failed .*its sha256 differs; restore it/)]);
    writeFileSync(file, text.slice(0, -10));
    expect(show()).toEqual(['failed', 'blocked', expect.stringMatching(/failed .*measurement\.json: not JSON/)]);
    writeFileSync(file, measurementText(makeMeasurement({ network: 'alexnet', seed: 7 })));
    expect(show()).toEqual([
      'failed',
      expect.anything(),
      expect.stringMatching(/failed .*is the measurement of another run: its/),
    ]);
    writeFileSync(file, text);
    expect(show()).toEqual(['done', 'queued', expect.stringContaining('done')]);
  });

  it('ignores a damaged progress file', () => {
    const { folder, plan } = everyState();
    const { id } = plan.runs.find(({ name }) => name === 'resnet50')!;
    writeFileSync(join(sweepPaths(folder).run(id), 'progress.json'), '{"version":1,');
    expect(readStatus(folder).find((run) => run.id === id)?.progress).toBeNull();
  });

  it('uses the state in the folders if a queue does not answer, and reports the reason', async () => {
    const { folder, plan } = everyState();
    const submittedAt = new Date().toISOString();
    recordJobs(
      folder,
      plan.runs.map(({ id }, task) => ({ run: id, job: `7_${task}`, submittedAt })),
    );
    vi.stubEnv('PATH', folder);
    const runs = readStatus(folder);
    const reasons: string[] = [];
    expect(await addJobs(folder, runs, (executor, why) => reasons.push(`${executor}: ${why}`))).toEqual(runs);
    expect(reasons).toEqual([expect.stringMatching(/^slurm: squeue: .*not installed/)]);
  });

  it('prints a run in JSON with its job under the name of the queue', () => {
    const { folder } = everyState();
    const [run] = readStatus(folder);
    const rest = { ...run, jobs: undefined };
    expect(statusJson(run!)).toEqual({ ...rest, slurm: null });
    const job = { job: '7_0', state: 'PENDING', isPending: true };
    const shown = { job: '7_0', state: 'PENDING' };
    expect(statusJson({ ...run!, jobs: { slurm: job } })).toEqual({ ...rest, slurm: shown });
  });

  it('refuses a folder that contains no sweep', () => {
    const folder = temporaryFolder();
    expect(() => readStatus(folder)).toThrow(/contains no sweep/);
    writeFileSync(join(folder, 'file'), '');
    expect(() => readStatus(join(folder, 'file'))).toThrow(/contains no sweep/);
  });

  it.each(['{"version":1', '{"version":1,"runs":[null]}', '{"version":1,"runs":[{}]}', 'null'])(
    'refuses a damaged plan: %s',
    (text) => {
      const { folder } = everyState();
      writeFileSync(sweepPaths(folder).plan('torn'), text);
      expect(() => readStatus(folder)).toThrow(/torn\.json: /);
    },
  );
});

describe('statusText', () => {
  it('shows accuracy and level, speed, FLOPs, ETA and the age of the progress file', () => {
    const { folder } = everyState();
    const now = Date.parse(progress.updatedAt) + 90_000;
    const text = statusText(readStatus(folder), { now });
    const line = text.split('\n').find((row) => row.startsWith('resnet50'));
    for (const part of [
      'running',
      'top-1 25.0 % of 40.0 %',
      '1,234 images/s',
      '2.50 GFLOP',
      'ETA 1 min 01 s',
      '1 min 30 s ago',
    ])
      expect(line).toContain(part);
    expect(text).toContain('no disk');
    expect(text).toContain('1 done, 1 running, 1 stopped, 2 interrupted, 1 failed, 1 queued, 1 waiting');
  });

  it('counts the runs that it does not list', () => {
    const { folder } = everyState();
    const runs = readStatus(folder);
    expect(statusText(runs, { maxRows: 3 })).toContain('and 5 more');
    expect(countsText([])).toBe('no runs');
  });
});

describe('estimateFolderEta', () => {
  it('estimates the whole sweep from the files of its runs alone', () => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11, seeds: [0, 1, 2] }, { network: resnet50 }]\n`);
    savePlan(folder, plan);
    expect(estimateFolderEta(folder, readStatus(folder))).toBeUndefined();
    const [first, second] = plan.runs.map(({ id }) => sweepPaths(folder).run(id)) as [string, string];
    for (const run of [first, second]) mkdirSync(run, { recursive: true });
    const measured = withConfigOf(plan.runs[0]!, makeMeasurement({ network: 'vgg11' }));
    writeFileSync(join(first, 'measurement.json'), measurementText(measured));
    writeFileSync(join(first, 'progress.json'), JSON.stringify({ ...progress, epoch: 2, epochs: 2, seconds: 20 }));
    writeFileSync(join(second, 'lock'), JSON.stringify(identifyProcess()));
    writeFileSync(join(second, 'progress.json'), JSON.stringify({ ...progress, epoch: 1, epochs: 2, seconds: 12 }));
    const runs = readStatus(folder);
    const eta = estimateFolderEta(folder, runs);
    // One run at a time: one epoch of 12 s, then 2 epochs of 11 s each for vgg11 and for resnet50, which is not timed yet.
    expect(eta).toEqual({ seconds: 12 + 22 + 22, untimed: 1 });
    expect(statusText(runs, { eta })).toContain(
      '1 done, 1 running, 2 queued  ETA of the sweep about 56 s (1 run not timed yet)',
    );
  });

  it('uses the speed of the last steps before the first evaluation', () => {
    const folder = temporaryFolder();
    const plan = planOf(folder, `${sweepHeader}runs: [{ network: vgg11 }]\n`);
    savePlan(folder, plan);
    const run = sweepPaths(folder).run(plan.runs[0]!.id);
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'lock'), JSON.stringify(identifyProcess()));
    const early = { ...progress, epoch: 0.5, epochs: 2, top1: null, top5: null, etaSeconds: 30, seconds: 100 };
    writeFileSync(join(run, 'progress.json'), JSON.stringify(early));
    expect(estimateFolderEta(folder, readStatus(folder))).toEqual({ seconds: 30, untimed: 0 });
  });
});
