/** The line of closings: one point a day, its area faint, the exact figure at the pointer. */
import type { Language } from '../i18n/language.ts';
import type { ChartDrawing } from '../look/chart.ts';
import { categoryAxis, chartBase, valueAxis } from '../look/chart-style.ts';
import { compactText, moneyText } from '../money/minor-units.ts';

type Point = { readonly date: string; readonly closingMinor: number | null };

export function closingsDrawing(
  points: readonly Point[],
  currency: string,
  language: Language,
): ChartDrawing {
  const locale = language.locale();
  const labels = points.map(({ date }) => language.date(date, { day: 'numeric', month: 'short' }));
  return (palette) => ({
    ...chartBase(palette),
    grid: {
      left: 4,
      right: 16,
      top: 12,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: dayAxis(categoryAxis(palette, labels)),
    yAxis: {
      ...valueAxis(palette, (value) => compactText(Math.round(value), currency, locale)),
      scale: true,
    },
    tooltip: {
      ...chartBase(palette).tooltip,
      trigger: 'axis',
      axisPointer: { type: 'line', lineStyle: { color: palette['ink-faint'], width: 1 } },
      formatter: (items: unknown) => {
        const index = (items as { dataIndex: number }[])[0]?.dataIndex ?? 0;
        const minor = points[index]?.closingMinor ?? null;
        return minor === null ? '' : `${labels[index]}\n${moneyText(minor, currency, { locale })}`;
      },
    },
    series: [
      {
        type: 'line',
        data: points.map(({ closingMinor }) => closingMinor),
        symbol: 'circle',
        symbolSize: 6,
        showSymbol: points.length < 2,
        lineStyle: { color: palette.accent, width: 2.25 },
        itemStyle: { color: palette.accent },
        areaStyle: { color: palette.accent, opacity: 0.09 },
        emphasis: { disabled: true },
      },
    ],
  });
}

/** From edge to edge, the last date within the drawing. */
function dayAxis(axis: ReturnType<typeof categoryAxis>) {
  return {
    ...axis,
    axisLabel: { ...axis.axisLabel, alignMaxLabel: 'right' as const },
    boundaryGap: false,
  };
}
