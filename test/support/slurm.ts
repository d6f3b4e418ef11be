import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

const script = resolve(import.meta.dirname, '../../scripts/slurm-one-node.sh');

/** The reason that Slurm cannot be started; undefined if it can. In CI it must be possible. */
export function whyNoSlurm(): string | undefined {
  if (process.env['CI']) return undefined;
  if (process.getuid?.() !== 0) return 'needs root to start slurmd';
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch'].filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
  );
  return missing.length > 0 ? `${missing.join(', ')} not installed (scripts/ci-packages.sh)` : undefined;
}

function control(action: string, folder: string): void {
  const { status, stderr, stdout } = spawnSync('bash', [script, action, folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`slurm-one-node.sh ${action}: ${stdout}${stderr}`);
}

/** A one-node cluster for the tests; `SLURM_CONF` of this process points to it. */
class OneNodeSlurm {
  readonly folder = mkdtempSync(join(tmpdir(), 'doubletime-slurm-'));

  start(): void {
    control('start', this.folder);
    process.env['SLURM_CONF'] = join(this.folder, 'slurm.conf');
  }

  restartNode(): void {
    control('restart-node', this.folder);
  }

  stop(): void {
    control('stop', this.folder);
    rmSync(this.folder, { recursive: true, force: true });
    delete process.env['SLURM_CONF'];
  }

  /** Lets a requeued job start now with enough time to finish. Otherwise Slurm delays it by two minutes. */
  hurry(job: string): void {
    spawnSync('scontrol', ['update', `JobId=${job}`, 'StartTime=now', 'TimeLimit=10']);
  }

  /** Sets the time limit of a running job in minutes from its start. */
  limit(job: string, minutes: number): void {
    const change = ['update', `JobId=${job}`, `TimeLimit=${minutes}`];
    const { status, stderr } = spawnSync('scontrol', change, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`scontrol: ${stderr}`);
  }
}

/** A cluster that runs during the tests of the enclosing `describe`. */
export function clusterOfTests(): OneNodeSlurm {
  const cluster = new OneNodeSlurm();
  // Long, because starting a cluster is slow on some machines.
  beforeAll(() => {
    cluster.start();
  }, 600_000);
  afterAll(() => {
    cluster.stop();
  }, 600_000);
  return cluster;
}
