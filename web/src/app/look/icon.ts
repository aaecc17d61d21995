/** The page's few icons, as lines of its own: no font, no file to load. Decoration only: what an icon means is always written beside it. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

const paths = {
  today: 'M4 19h16M6 15l4-5 3 3 5-7',
  month: 'M4 9h16M8 3v4M16 3v4M5 5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z',
  day: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  new: 'M12 5v14M5 12h14',
  close: 'M7 11V8a5 5 0 0 1 10 0v3M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z',
  open: 'M7 11V8a5 5 0 0 1 9.6-2M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z',
  reports: 'M5 20V11M12 20V4M19 20v-6',
  merchant:
    'M4 10v9a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-9M3 10l2-6h14l2 6a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0z',
  swap: 'M4 8h14l-4-4M20 16H6l4 4',
  in: 'M12 5v14M6 13l6 6 6-6',
  out: 'M12 19V5M6 11l6-6 6 6',
  previous: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  check: 'M5 13l4 4L19 7',
  warning:
    'M12 9v5M12 17.5h.01M10.3 4.5 2.8 17.6A2 2 0 0 0 4.5 20.5h15a2 2 0 0 0 1.7-2.9L13.7 4.5a2 2 0 0 0-3.4 0z',
  waiting: 'M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z',
  offline:
    'M3 3l18 18M8.5 16.4a5 5 0 0 1 7 0M5 12.9a10 10 0 0 1 4-2.4M14 10.3a10 10 0 0 1 5 2.6M2 9a15 15 0 0 1 4.6-3M10.6 5.1A15 15 0 0 1 22 9M12 20h.01',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  undo: 'M9 14l-5-5 5-5M4 9h10a6 6 0 0 1 0 12h-3',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0',
  chain: 'M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 1 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 1 0 5.7 5.7l1-1',
  drawer: 'M4 6h16v12H4zM4 12h16M10 9h4M10 15h4',
  safe: 'M4 4h16v15H4zM12 14.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM7 19v2M17 19v2',
  bank: 'M4 9l8-5 8 5zM5 20h14M7 10v7M12 10v7M17 10v7',
  card: 'M3 6h18v12H3zM3 10h18M7 15h3',
} as const;

export type IconName = keyof typeof paths;

@Component({
  selector: 'fx-icon',
  template: `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path [attr.d]="path()" /></svg>`,
  styles: `
    :host { display: inline-flex; flex: none; width: 1.25rem; height: 1.25rem; }
    svg { width: 100%; height: 100%; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Icon {
  readonly name = input.required<IconName>();
  protected readonly path = computed(() => paths[this.name()]);
}
