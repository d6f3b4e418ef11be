import { suggestion } from '../../base/text/nearest.ts';
import { hashOfJson } from '../../base/json.ts';
import { configIdentity } from '../../config/identity.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Tune } from '../../config/tune.ts';
import { errorAt, type Path, type YamlSource } from '../../config/yaml/yaml.ts';
import type { UserError } from '../../base/errors.ts';
import type { PlannedRun } from '../../results/sweep-plan.ts';

/** A run before its id is known, because the id depends on the config of its anchor. */
export interface DraftRun {
  readonly name: string;
  readonly seed: number;
  readonly published: string;
  readonly config: RunConfig;
  /** The path of the run in the sweep config. */
  readonly place: Path;
  /** The path of its recipe in the sweep config, for a recipe of a grid. */
  readonly recipe?: Path | undefined;
  /** The position of a value of the config, for messages. */
  readonly locate: YamlSource['locate'];
  /** The values that a search tries; undefined without `tune`. */
  readonly tune: Tune | undefined;
  /** The config with other values by dotted key. @throws UserError 78 naming the key if a value is not allowed. */
  readonly configure: (values: Readonly<Record<string, number>>) => RunConfig;
}

const nameWithSeed = ({ name, seed }: DraftRun): string => `${name}-s${seed}`;

/** Eight digits of a hash of a run's config, without settings that cannot change its result. */
export const configDigest = (config: RunConfig): string => hashOfJson(configIdentity(config)).slice(0, 8);

function createRunId(draft: DraftRun, anchorId: string | undefined): string {
  const { config } = draft;
  const level = config.level && { ...config.level, anchor: anchorId ?? config.level.anchor };
  return `${nameWithSeed(draft)}-${configDigest({ ...config, level })}`;
}

/** Links runs to their anchors. */
class Linker {
  private readonly byKey = new Map<string, DraftRun>();
  private readonly firstByName = new Map<string, DraftRun>();
  private readonly done = new Map<DraftRun, PlannedRun>();
  private readonly ordered: PlannedRun[] = [];
  private readonly source: YamlSource;
  private readonly anchors = new Set<DraftRun>();

  constructor(source: YamlSource, drafts: readonly DraftRun[]) {
    this.source = source;
    for (const draft of drafts) {
      const other = this.byKey.get(nameWithSeed(draft));
      if (other !== undefined) throw this.duplicateError(draft, other);
      this.byKey.set(nameWithSeed(draft), draft);
      if (!this.firstByName.has(draft.name)) this.firstByName.set(draft.name, draft);
    }
    for (const draft of drafts) {
      const anchor = this.findAnchor(draft);
      if (anchor) this.anchors.add(anchor);
    }
  }

  private duplicateError(draft: DraftRun, other: DraftRun): UserError {
    const first = this.source.locate(other.place);
    const message = `a second run "${draft.name}" with seed ${draft.seed} (the first: ${first}); give one of them another id`;
    return errorAt(this.source, draft.place, message);
  }

  /**
   * The run that sets the level of a run; undefined without an anchor. An anchor is given by its name (then its first seed
   * counts), or by name and seed: `alexnet-s1`.
   * @throws UserError 78 if the sweep does not contain it.
   */
  private findAnchor(draft: DraftRun): DraftRun | undefined {
    const name = draft.config.level?.anchor;
    if (name === undefined || draft.config.level?.value !== undefined) return undefined;
    const [byName, byKey] = [this.firstByName.get(name), this.byKey.get(name)];
    const source = { ...this.source, locate: draft.locate };
    if (byName !== undefined && byKey !== undefined && byName !== byKey)
      throw errorAt(
        source,
        ['level', 'anchor'],
        `"${name}" is the run ${name} or a seed of the run ${byKey.name}: give one of the runs another id`,
      );
    const anchor = byName ?? byKey;
    if (anchor !== undefined) return anchor;
    throw errorAt(
      source,
      ['level', 'anchor'],
      `the sweep has no run "${name}"; ${suggestion(name, this.firstByName.keys())}`,
    );
  }

  /**
   * Adds a run to the plan after its anchor, and that anchor's own anchor.
   * @param waiting the runs that wait for this one, to find cycles.
   */
  link(draft: DraftRun, waiting: readonly DraftRun[] = []): PlannedRun {
    const known = this.done.get(draft);
    if (known) return known;
    if (waiting.includes(draft)) throw this.cycleError(draft, waiting);
    const anchor = this.findAnchor(draft);
    const anchorId = anchor === undefined || anchor === draft ? undefined : this.link(anchor, [...waiting, draft]).id;
    const linked = this.toPlannedRun(draft, anchor === draft, anchorId);
    this.done.set(draft, linked);
    this.ordered.push(linked);
    return linked;
  }

  private cycleError(draft: DraftRun, waiting: readonly DraftRun[]): UserError {
    const cycle = [...waiting.slice(waiting.indexOf(draft)), draft].map(nameWithSeed).join(' -> ');
    return errorAt(
      { ...this.source, locate: draft.locate },
      ['level', 'anchor'],
      `the anchors wait for each other: ${cycle}`,
    );
  }

  private toPlannedRun(draft: DraftRun, isOwnAnchor: boolean, anchorId: string | undefined): PlannedRun {
    const { name, seed, published, config } = draft;
    const isAnchor = this.anchors.has(draft);
    const level = config.level;
    const trainedConfig = isAnchor ? { ...config, stopAt: 'end' as const } : config;
    const id = createRunId({ ...draft, config: trainedConfig }, isOwnAnchor ? 'itself' : anchorId);
    const anchor = isOwnAnchor ? id : (anchorId ?? null);
    const linkedLevel = level && anchorId ? { ...level, anchor: anchorId } : level;
    return {
      id,
      name,
      network: config.network.name,
      published,
      seed,
      anchor,
      level: level && (anchor === null ? level : { ...level, anchor }),
      config: { ...trainedConfig, level: isOwnAnchor ? null : linkedLevel },
    };
  }

  get runs(): readonly PlannedRun[] {
    return this.ordered;
  }
}

/** Finds the anchor of every run, creates the ids, and orders the runs so that anchors come before the runs that wait for them. */
export function linkAnchors(source: YamlSource, drafts: readonly DraftRun[]): readonly PlannedRun[] {
  const linker = new Linker(source, drafts);
  for (const draft of drafts) linker.link(draft);
  return linker.runs;
}
