/** What a load of readers asks for: one day's balance or the last thirty days, of merchants by Zipf's law, mostly of today. */
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import { Zipf } from './zipf.ts';

export type Asked = {
  /** The most popular first. */
  readonly merchants: readonly string[];
  /** Consecutive business dates, the newest last: those that are asked for one by one, and together as the range. */
  readonly dates: readonly string[];
  /** The share of requests that ask for the range instead of a day, 0 to 1. */
  readonly rangeShare: number;
  readonly seed: number;
};

/** Of requests for a day, this share is for the newest; the others for any. */
const NEWEST_SHARE = 0.5;

export function dayPath(merchantId: string, date: string): string {
  return `/v1/merchants/${merchantId}/balances/${date}`;
}

export function rangePath(merchantId: string, dates: readonly string[]): string {
  return `/v1/merchants/${merchantId}/balances?from=${dates[0]}&to=${dates.at(-1)}`;
}

/** An endless line of paths; the same seed gives the same line. */
export function* pathsOf({ merchants, dates, rangeShare, seed }: Asked): Generator<string, never> {
  const random = new SeededRandom(seed);
  const zipf = new Zipf(merchants.length);
  for (;;) {
    const merchantId = merchants[zipf.at(random.next())] as string;
    if (random.isChance(rangeShare)) yield rangePath(merchantId, dates);
    else yield dayPath(merchantId, dateFor(random, dates));
  }
}

function dateFor(random: SeededRandom, dates: readonly string[]): string {
  const index = random.isChance(NEWEST_SHARE) ? dates.length - 1 : random.below(dates.length);
  return dates[index] as string;
}
