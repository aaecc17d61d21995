/** The partitions of one group's topic beside each other: how far each is, the further behind the darker. Colour says nothing alone: the figures stand in it. */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import type { GroupBody } from '@fluxo/schemas';
import { TranslocoDirective } from '@jsverse/transloco';
import { Language } from '../i18n/language.ts';

@Component({
  selector: 'fx-partition-strip',
  imports: [TranslocoDirective],
  template: `
    <ol *transloco="let t">
      @for (cell of cells(); track cell.partition) {
        <li [attr.data-partition]="cell.partition" [attr.data-behind]="cell.behind" [class.late]="cell.behind > 0">
          <span class="fill" [style.opacity]="cell.strength"></span>
          <span class="name">{{ t('operations.partition', { partition: cell.partition }) }}</span>
          <strong>{{ cell.behind === 0 ? t('operations.caughtUp') : language.count(cell.behind) }}</strong>
          <span class="small soft">{{ cell.seconds === null ? (cell.committed === null ? t('operations.nothingYet') : t('operations.at', { offset: language.count(cell.committed) })) : t('operations.seconds', { count: language.count(cell.seconds) }) }}</span>
        </li>
      }
    </ol>
  `,
  styles: `
    ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: 0.5rem; }
    li { position: relative; display: grid; gap: 0.125rem; padding: 0.625rem 0.75rem; overflow: hidden; border: 1px solid var(--line); border-radius: var(--radius-small); }
    li.late { border-color: var(--line-strong); }
    .fill { position: absolute; z-index: 0; inset: auto 0 0; height: 4px; background: var(--heat); }
    li > :not(.fill) { position: relative; }
    .name { color: var(--ink-soft); font-size: 0.75rem; }
    strong { font-weight: 620; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class PartitionStrip {
  protected readonly language = inject(Language);
  readonly group = input.required<GroupBody>();
  protected readonly cells = computed(() => {
    const { partitions } = this.group();
    const most = Math.max(1, ...partitions.map(({ behind }) => behind));
    return partitions.map((partition) => ({ ...partition, strength: partition.behind / most }));
  });
}
