/** Topics and who reads them: how far each group is, now and over the last hour, and partition by partition. Asked for again every ten seconds, as often as the service looks. */
import { httpResource } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, inject, linkedSignal, signal } from '@angular/core';
import type { GroupBody, PipelineBody, TopicBody } from '@fluxo/schemas';
import { TranslocoDirective, TranslocoService } from '@jsverse/transloco';
import { addresses } from '../api/addresses.ts';
import { Language } from '../i18n/language.ts';
import { Chart } from '../look/chart.ts';
import { Failure } from '../look/failure.ts';
import { Notice } from '../look/notice.ts';
import { Skeleton } from '../look/skeleton.ts';
import { againAndAgain } from './again-and-again.ts';
import { lagDrawing } from './lag-drawing.ts';
import { linesOf, type Measure } from './lag-lines.ts';
import { PartitionStrip } from './partition-strip.ts';
import { ReaderNames } from './reader-names.ts';

const ASKED_EVERY_MS = 10_000;
/** Older than so many looks is said to be old. */
const OLD_AFTER_LOOKS = 3;

@Component({
  selector: 'fx-pipeline-page',
  imports: [Chart, Failure, Notice, PartitionStrip, Skeleton, TranslocoDirective],
  templateUrl: './pipeline-page.html',
  styleUrl: './pipeline-page.scss',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class PipelinePage {
  protected readonly language = inject(Language);
  protected readonly names = inject(ReaderNames);
  readonly #transloco = inject(TranslocoService);
  protected readonly answer = httpResource<PipelineBody>(() => addresses.topics());
  /** What was known last, also while a question fails. */
  protected readonly pipeline = linkedSignal<PipelineBody | null, PipelineBody | null>({
    source: () => (this.answer.hasValue() ? this.answer.value() : null),
    computation: (latest, before) => latest ?? before?.value ?? null,
  });
  readonly #nowMs = signal(Date.now());
  protected readonly isOld = computed(() => {
    const pipeline = this.pipeline();
    if (pipeline === null) return false;
    const ageMs = this.#nowMs() - Date.parse(pipeline.at);
    return ageMs > OLD_AFTER_LOOKS * pipeline.history.everySeconds * 1_000;
  });
  protected readonly measures = ['behind', 'seconds'] as const satisfies readonly Measure[];
  protected readonly measure = signal<Measure>('behind');
  readonly #chosen = signal<string | null>(null);
  protected readonly chosen = computed((): GroupBody | null => {
    const groups = this.pipeline()?.groups ?? [];
    return groups.find(({ group }) => group === this.#chosen()) ?? groups[0] ?? null;
  });
  protected readonly topics = computed(() => this.pipeline()?.topics.map(heldBy) ?? []);
  protected readonly drawing = computed(() => {
    const pipeline = this.pipeline();
    this.language.name();
    const measure = this.measure();
    return lagDrawing(pipeline === null ? [] : linesOf(pipeline, measure), {
      chosen: this.chosen()?.group ?? '',
      language: this.language,
      exact: (value) => this.#word(`operations.exact.${measure}`, { count: this.language.count(value) }),
      nameOf: (group) => this.names.of(group),
    });
  });

  constructor() {
    againAndAgain(ASKED_EVERY_MS, () => {
      this.#nowMs.set(Date.now());
      this.answer.reload();
    });
  }

  protected choose(group: string): void {
    this.#chosen.set(group);
  }

  protected clock(instant: string): string {
    return this.language.time(instant);
  }

  #word(key: string, values: Record<string, string> = {}): string {
    return this.#transloco.translate(key, values);
  }
}

function heldBy({ topic, partitions }: TopicBody) {
  const sum = (of: (partition: TopicBody['partitions'][number]) => number) =>
    partitions.reduce((total, partition) => total + of(partition), 0);
  return {
    topic,
    offsets: sum(({ begin, end }) => end - begin),
    pending: sum(({ end, stable }) => end - stable),
  };
}
