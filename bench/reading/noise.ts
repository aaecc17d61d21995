/** How much of the machine went to others while something was measured, beside its figures. */
import { NOISE_MAX, NoiseWatch } from '../process-usage.ts';
import { round } from '../statistics.ts';

/** `pids`: of those that are meant to work. One that is started meanwhile counts as somebody else. */
export async function withNoise<Line extends object>(
  pids: readonly number[],
  measure: () => Promise<Line>,
): Promise<Line & { readonly othersShare: number }> {
  const watch = new NoiseWatch(pids);
  const line = await measure();
  const othersShare = round(watch.othersShare());
  return { ...line, othersShare, ...(othersShare > NOISE_MAX ? { isNoisy: true } : {}) };
}
