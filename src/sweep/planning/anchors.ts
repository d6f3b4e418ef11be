import { suggestion } from '../../base/nearest.ts';
import { hashOfJson } from '../../base/json.ts';
import { recipeIdentity } from '../../config/initial-weights.ts';
import { networkIdentity, type RunConfig } from '../../config/run.ts';
import type { Tune } from '../../config/tune.ts';
import { errorAt, type Path, type YamlSource } from '../../config/yaml.ts';
import type { UserError } from '../../base/errors.ts';
import type { PlannedRun } from '../../results/sweep-plan.ts';

/** A run before its id is known: the id depends on the config of its anchor. */
export interface DraftRun {
  readonly name: string;
  readonly seed: number;
  readonly published: string;
  readonly config: RunConfig;
  /** Its place in the sweep's file. */
  readonly place: Path;
  /** The place of its recipe, for a recipe of a grid. */
  readonly recipe?: Path | undefined;
  /** The place of its level in the file. */
  readonly locate: YamlSource['locate'];
  /** The values that a search tries; undefined without `tune`. */
  readonly tune: Tune | undefined;
  /** The config with other values by dotted key. @throws UserError 78 naming the key if a value is not allowed. */
  readonly configure: (values: Readonly<Record<string, number>>) => RunConfig;
}

const keyOf = ({ name, seed }: DraftRun): string => `${name}-s${seed}`;

/** A hash of a run's config in eight digits, without settings that cannot change its result. */
export function configDigest(config: RunConfig): string {
  const network = networkIdentity(config.network);
  const identity = { ...config, network, recipe: recipeIdentity(config.recipe), execution: undefined };
  return hashOfJson(identity).slice(0, 8);
}

function identify(draft: DraftRun, anchorId: string | undefined): string {
  const { config } = draft;
  const level = config.level && { ...config.level, anchor: anchorId ?? config.level.anchor };
  return `${keyOf(draft)}-${configDigest({ ...config, level })}`;
}

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
      const twin = this.byKey.get(keyOf(draft));
      if (twin !== undefined) throw this.duplicate(draft, twin);
      this.byKey.set(keyOf(draft), draft);
      if (!this.firstByName.has(draft.name)) this.firstByName.set(draft.name, draft);
    }
    for (const draft of drafts) {
      const anchor = this.anchorOf(draft);
      if (anchor) this.anchors.add(anchor);
    }
  }

  private duplicate(draft: DraftRun, twin: DraftRun): UserError {
    const first = this.source.locate(twin.place);
    const message = `a second run "${draft.name}" with seed ${draft.seed} (the first: ${first}); give one of them another id`;
    return errorAt(this.source, draft.place, message);
  }

  /** The run that sets this run's level: by its name (then its first seed), or by name and seed, `alexnet-s1`. */
  private anchorOf(draft: DraftRun): DraftRun | undefined {
    const name = draft.config.level?.anchor;
    if (name === undefined || draft.config.level?.value !== undefined) return undefined;
    const anchor = this.firstByName.get(name) ?? this.byKey.get(name);
    if (anchor !== undefined) return anchor;
    throw errorAt(
      { ...this.source, locate: draft.locate },
      ['level', 'anchor'],
      `no run of the sweep is called "${name}"; ${suggestion(name, this.firstByName.keys())}`,
    );
  }

  /** Puts a run's anchor, and that one's anchor, before it. */
  link(draft: DraftRun, waiting: readonly DraftRun[] = []): PlannedRun {
    const known = this.done.get(draft);
    if (known) return known;
    if (waiting.includes(draft)) throw this.cycle(draft, waiting);
    const anchor = this.anchorOf(draft);
    const anchorId = anchor === undefined || anchor === draft ? undefined : this.link(anchor, [...waiting, draft]).id;
    const linked = this.finish(draft, anchor === draft, anchorId);
    this.done.set(draft, linked);
    this.ordered.push(linked);
    return linked;
  }

  private cycle(draft: DraftRun, waiting: readonly DraftRun[]): UserError {
    const circle = [...waiting.slice(waiting.indexOf(draft)), draft].map(keyOf).join(' -> ');
    return errorAt(
      { ...this.source, locate: draft.locate },
      ['level', 'anchor'],
      `the anchors wait for each other: ${circle}`,
    );
  }

  private finish(draft: DraftRun, isOwnAnchor: boolean, anchorId: string | undefined): PlannedRun {
    const { name, seed, published, config } = draft;
    const isAnchor = this.anchors.has(draft);
    const level = config.level;
    const decided = isAnchor ? { ...config, stopAt: 'end' as const } : config;
    const id = identify({ ...draft, config: decided }, isOwnAnchor ? 'itself' : anchorId);
    const anchor = isOwnAnchor ? id : (anchorId ?? null);
    const trained = level && anchorId ? { ...level, anchor: anchorId } : level;
    return {
      id,
      name,
      network: config.network.name,
      published,
      seed,
      anchor,
      level: level && (anchor === null ? level : { ...level, anchor }),
      config: { ...decided, level: isOwnAnchor ? null : trained },
    };
  }

  get runs(): readonly PlannedRun[] {
    return this.ordered;
  }
}

/** Finds every run's anchor, decides the ids, and puts anchors before the runs that wait for them. */
export function linkAnchors(source: YamlSource, drafts: readonly DraftRun[]): readonly PlannedRun[] {
  const linker = new Linker(source, drafts);
  for (const draft of drafts) linker.link(draft);
  return linker.runs;
}
