/** What the fold decided, as metrics: counted once a transaction is committed, so that what is processed again counts once. */
import { Counter, type Registry } from '@fluxo/telemetry';
import type { JudgedObserver } from './topologies/judged.ts';

export function judgedObserver(registry: Registry): JudgedObserver {
  const registers = [registry];
  const rejections = new Counter({
    name: 'fluxo_streams_rejections_total',
    help: 'Submissions refused, by the code of the refusal.',
    labelNames: ['code'],
    registers,
  });
  const duplicates = new Counter({
    name: 'fluxo_streams_duplicates_total',
    help: 'Submissions recognised as repetitions of accepted ones: they have no effect.',
    registers,
  });
  return {
    rejected: (code, count) => rejections.inc({ code }, count),
    duplicated: (count) => duplicates.inc(count),
  };
}
