/** What all charts of the page have in common: type, quiet axes, a tooltip drawn on the canvas (a policy without inline styles allows no other). */
import type { Palette } from './chart.ts';
import type { EChartsOption } from './echarts-parts.ts';

const FONT = 'Inter Variable, system-ui, sans-serif';

export function chartBase(palette: Palette) {
  return {
    animationDuration: 300,
    animationDurationUpdate: 300,
    textStyle: { fontFamily: FONT, fontSize: 12, color: palette['ink-soft'] },
    tooltip: {
      renderMode: 'richText',
      backgroundColor: palette['card-raised'],
      borderColor: palette.line,
      borderWidth: 1,
      padding: [8, 12],
      textStyle: { color: palette.ink, fontFamily: FONT, fontSize: 12 },
    },
  } satisfies EChartsOption;
}

export function valueAxis(palette: Palette, shorten: (value: number) => string) {
  return {
    type: 'value',
    splitNumber: 4,
    axisLabel: { color: palette['ink-faint'], formatter: shorten, hideOverlap: true },
    splitLine: { lineStyle: { color: palette.line } },
  } as const;
}

export function categoryAxis(palette: Palette, data: readonly string[]) {
  return {
    type: 'category' as const,
    data: [...data],
    axisTick: { show: false },
    axisLine: { lineStyle: { color: palette.line } },
    axisLabel: { color: palette['ink-soft'], hideOverlap: true, margin: 12 },
  };
}
