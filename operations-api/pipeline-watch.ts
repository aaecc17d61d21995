/**
 * Looks at the pipeline again and again and remembers the last hour, so that lag can be shown over time where nobody collects metrics. The memory is the
 * process's own and begins with it. A look that fails leaves a gap: nothing is made up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type GroupHistoryBody, type PipelineBody, toInstant } from '@fluxo/schemas';
import type { Look } from './look.ts';

export type WatchOptions = {
  readonly look: () => Promise<Look>;
  /** From the start of one look to the start of the next. */
  readonly everyMs: number;
  readonly samplesMax: number;
  readonly reportFailure: (error: unknown) => void;
};

type Sample = {
  readonly atMs: number;
  readonly groups: ReadonlyMap<string, { readonly behind: number; readonly seconds: number | null }>;
};

export class PipelineWatch {
  readonly #options: WatchOptions;
  readonly #samples: Sample[] = [];
  readonly #ended = new AbortController();
  #latest: Look | null = null;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** The last look that succeeded, and what the looks before it found; null: none has yet. */
  get body(): PipelineBody | null {
    if (this.#latest === null) return null;
    const { atMs, topics, groups } = this.#latest;
    return {
      at: toInstant(atMs),
      topics,
      groups,
      history: {
        everySeconds: Math.round(this.#options.everyMs / 1_000),
        at: this.#samples.map((sample) => toInstant(sample.atMs)),
        groups: groups.map(({ group }) => this.#historyOf(group)),
      },
    };
  }

  /** Until it is ended. */
  async run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const startedMs = performance.now();
      await this.look();
      const pauseMs = Math.max(0, this.#options.everyMs - (performance.now() - startedMs));
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Once. Never throws: a failure is reported. */
  async look(): Promise<void> {
    try {
      const look = await this.#options.look();
      this.#latest = look;
      this.#samples.push({
        atMs: look.atMs,
        groups: new Map(look.groups.map(({ group, behind, seconds }) => [group, { behind, seconds }])),
      });
      if (this.#samples.length > this.#options.samplesMax) this.#samples.shift();
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#options.reportFailure(error);
    }
  }

  end(): void {
    this.#ended.abort();
  }

  #historyOf(group: string): GroupHistoryBody {
    const of = (sample: Sample) => sample.groups.get(group);
    return {
      group,
      behind: this.#samples.map((sample) => of(sample)?.behind ?? null),
      seconds: this.#samples.map((sample) => of(sample)?.seconds ?? null),
    };
  }
}
