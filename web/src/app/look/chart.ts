/**
 * A chart, drawn by ECharts, which is loaded with the first one. It takes its colours from the page's own and is drawn again when they
 * change. For who does not see it there is its label and, on every page that has one, the same figures as a table or a list.
 */
import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  effect,
  inject,
  input,
  output,
  signal,
  viewChild,
} from '@angular/core';
import type { ECharts, EChartsOption } from './echarts-parts.ts';
import { Theme } from './theme.ts';

/** The page's colours as a canvas needs them. */
export type Palette = Readonly<
  Record<
    | 'ink'
    | 'ink-soft'
    | 'ink-faint'
    | 'line'
    | 'well'
    | 'card'
    | 'card-raised'
    | 'accent'
    | 'accent-soft'
    | 'positive'
    | 'negative',
    string
  >
>;

export type ChartDrawing = (palette: Palette) => EChartsOption;

const colourNames = [
  'ink',
  'ink-soft',
  'ink-faint',
  'line',
  'well',
  'card',
  'card-raised',
  'accent',
  'accent-soft',
  'positive',
  'negative',
] as const;

@Component({
  selector: 'fx-chart',
  template: '<div #place role="img" [attr.aria-label]="label()"></div>',
  styles: `
    :host { display: block; }
    div { width: 100%; height: 100%; }
  `,
  host: { '[style.height.rem]': 'heightRem()' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Chart {
  readonly drawing = input.required<ChartDrawing>();
  readonly label = input.required<string>();
  readonly heightRem = input(16);
  /** The name of the category that was clicked. */
  readonly picked = output<string>();

  readonly #theme = inject(Theme);
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef);
  private readonly place = viewChild.required<ElementRef<HTMLElement>>('place');
  readonly #chart = signal<ECharts | null>(null);

  constructor() {
    void this.#draw(inject(DestroyRef));
    effect(() => {
      this.#theme.changes();
      const drawing = this.drawing();
      this.#chart()?.setOption(drawing(this.#palette()), { notMerge: true });
    });
  }

  async #draw(destroyed: DestroyRef): Promise<void> {
    const { createChart } = await import('./echarts-parts.ts');
    if (destroyed.destroyed) return;
    const chart = createChart(this.place().nativeElement);
    const sizes = new ResizeObserver(() => chart.resize());
    sizes.observe(this.place().nativeElement);
    chart.on('click', ({ name }) => this.picked.emit(name));
    destroyed.onDestroy(() => {
      sizes.disconnect();
      chart.dispose();
    });
    this.#chart.set(chart);
  }

  /** Colours are pairs for light and dark; what holds now, only an element can say. */
  #palette(): Palette {
    const probe = this.#host.nativeElement;
    const entries = colourNames.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color] as const;
    });
    probe.style.color = '';
    return Object.fromEntries(entries) as Palette;
  }
}
