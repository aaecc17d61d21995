/** What came in and went out, group by group: up and down from one line. */
import type { Language } from '../i18n/language.ts';
import type { ChartDrawing } from '../look/chart.ts';
import { categoryAxis, chartBase, valueAxis } from '../look/chart-style.ts';
import { compactText, moneyText } from '../money/minor-units.ts';

type Flow = { readonly label: string; readonly creditsMinor: number; readonly debitsMinor: number };

type Setting = {
  readonly currency: string;
  readonly language: Language;
  /** For credits and debits. */
  readonly words: readonly [string, string];
};

export function flowsDrawing(flows: readonly Flow[], { currency, language, words }: Setting): ChartDrawing {
  const locale = language.locale();
  const exact = (minor: number) => moneyText(minor, currency, { locale });
  return (palette) => ({
    ...chartBase(palette),
    grid: { left: 4, right: 8, top: 8, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: categoryAxis(
      palette,
      flows.map(({ label }) => label),
    ),
    yAxis: valueAxis(palette, (value) => compactText(Math.round(value), currency, locale)),
    tooltip: {
      ...chartBase(palette).tooltip,
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: palette.well, opacity: 0.5 } },
      formatter: (items: unknown) => {
        const flow = flows[(items as { dataIndex: number }[])[0]?.dataIndex ?? 0];
        if (flow === undefined) return '';
        return `${flow.label}\n${words[0]}: ${exact(flow.creditsMinor)}\n${words[1]}: ${exact(flow.debitsMinor)}`;
      },
    },
    series: [
      {
        type: 'bar',
        name: words[0],
        stack: 'one',
        barMaxWidth: 22,
        data: flows.map(({ creditsMinor }) => creditsMinor),
        itemStyle: { color: palette.positive, borderRadius: [3, 3, 0, 0] },
      },
      {
        type: 'bar',
        name: words[1],
        stack: 'one',
        barMaxWidth: 22,
        data: flows.map(({ debitsMinor }) => -debitsMinor),
        itemStyle: { color: palette.negative, borderRadius: [0, 0, 3, 3] },
      },
    ],
  });
}
