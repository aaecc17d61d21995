/** The steps of one submission's way that have a time, each with the time since the one before. Two clocks took them: the maker's and the broker's, so the step between them may even be negative. */
import type { TrailBody } from '@fluxo/schemas';

export type StepName = 'occurred' | 'submitted' | 'recorded' | 'posted' | 'rejected' | 'document';

export type Step = {
  readonly name: StepName;
  readonly at: string;
  /** Since the step before; null: it is the first. */
  readonly tookMs: number | null;
  /** Another clock than that of the step before. */
  readonly isOtherClock: boolean;
};

type Timed = { readonly name: StepName; readonly at: string };

export function stepsOf(trail: TrailBody): readonly Step[] {
  const timed = timedSteps(trail);
  return timed.map(({ name, at }, index) => {
    const before = timed[index - 1];
    return {
      name,
      at,
      tookMs: before === undefined ? null : Date.parse(at) - Date.parse(before.at),
      isOtherClock: name === 'recorded',
    };
  });
}

function timedSteps({ occurredAt, submittedAt, recordedAt, outcome, document }: TrailBody): readonly Timed[] {
  return [
    ...(occurredAt === null ? [] : [{ name: 'occurred', at: occurredAt } as const]),
    ...(submittedAt === null ? [] : [{ name: 'submitted', at: submittedAt } as const]),
    { name: 'recorded', at: recordedAt },
    ...(outcome.kind === 'posted' || outcome.kind === 'rejected'
      ? [{ name: outcome.kind, at: outcome.publishedAt }]
      : []),
    ...(document === null ? [] : [{ name: 'document', at: document.publishedAt } as const]),
  ];
}

/** From the greatest on. */
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
  ['millisecond', 1],
] as const;

/** In the greatest unit of which there are two: 850 ms, 3.4 s, 12 min. */
export function durationText(ms: number, locale: string): string {
  const [unit, unitMs] = units.find(([, each]) => Math.abs(ms) >= 2 * each) ?? ['millisecond', 1];
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
    signDisplay: 'always',
  }).format(ms / unitMs);
}
