import { quantileOfSorted, standardNormal, studentT } from './statistics.ts';
import type { Interval } from './types.ts';

/**
 * The probability in each tail of the expanded percentile interval for n drawn networks, of which `deciding` decide the fit. The
 * plain percentile interval is too narrow for few networks: by the factor sqrt((n - 1) / n), and because it has the normal quantile
 * in the place of Student's t. Source: Hesterberg 2015, "What Teachers Should Know About the Bootstrap", section 4.3. There, t has
 * n - 1 degrees of freedom. Here it has `deciding` - 1, because a fit to a frontier has fewer points than networks.
 */
export const expandedTail = (n: number, deciding: number): number =>
  standardNormal(-Math.sqrt(n / (n - 1)) * studentT(0.95, Math.max(1, deciding - 1)));

/** In how many resamples each network occurs. It may occur several times in one. */
class Occurrences {
  readonly counts: Uint32Array;
  /** The last resample that was counted for each network. Resamples are numbered from 1. */
  readonly #last: Uint32Array;

  constructor(networks: number) {
    this.counts = new Uint32Array(networks);
    this.#last = new Uint32Array(networks);
  }

  add(network: number, resample: number): void {
    if (this.#last[network] === resample) return;
    this.#last[network] = resample;
    this.counts[network]! += 1;
  }
}

/** Collects the resamples of a bootstrap over networks, and gives the interval of their doubling time. */
export class Resamples {
  readonly #networks: number;
  readonly #drawn: Occurrences;
  readonly #onFrontier: Occurrences;
  readonly #doublings: number[] = [];

  /** @param networks how many networks there are, and how many each resample draws. */
  constructor(networks: number) {
    this.#networks = networks;
    this.#drawn = new Occurrences(networks);
    this.#onFrontier = new Occurrences(networks);
  }

  /** Counts a network of the running resample. The same network may be drawn several times. */
  draw(network: number): void {
    this.#drawn.add(network, this.#doublings.length + 1);
  }

  /** Counts a network on a frontier of the running resample. It may be on several. */
  putOnFrontier(network: number): void {
    this.#onFrontier.add(network, this.#doublings.length + 1);
  }

  /** Ends the running resample. @param months its doubling time; infinite without progress. */
  end(months: number): void {
    this.#doublings.push(months);
  }

  get withoutProgress(): number {
    return this.#doublings.filter((months) => months === Number.POSITIVE_INFINITY).length;
  }

  /** The number of networks that decide the fit: the sum of the shares of their resamples in which they are on a frontier, rounded. */
  get deciding(): number {
    const { counts } = this.#drawn;
    const shares = Array.from(this.#onFrontier.counts, (count, network) => count / Math.max(1, counts[network]!));
    return Math.round(shares.reduce((sum, share) => sum + share, 0));
  }

  /** The 95 % interval of the doubling time in months; a bound of null means no bound (no progress). */
  interval95(): Interval {
    const sorted = Float64Array.from(this.#doublings).sort();
    const tail = expandedTail(this.#networks, this.deciding);
    const bound = (p: number): number | null => {
      const months = quantileOfSorted(sorted, p);
      return Number.isFinite(months) ? months : null;
    };
    return [bound(tail), bound(1 - tail)];
  }
}
