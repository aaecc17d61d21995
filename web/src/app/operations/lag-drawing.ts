/** How far groups were behind: the chosen one in colour, the others as what it stands among. */
import type { Language } from '../i18n/language.ts';
import type { ChartDrawing } from '../look/chart.ts';
import { chartBase, valueAxis } from '../look/chart-style.ts';
import type { Line } from './lag-lines.ts';

type Setting = {
  readonly chosen: string;
  readonly language: Language;
  /** A value with its unit. */
  readonly exact: (value: number) => string;
  readonly nameOf: (group: string) => string;
};

export function lagDrawing(
  lines: readonly Line[],
  { chosen, language, exact, nameOf }: Setting,
): ChartDrawing {
  const clock = (ms: number) => language.time(new Date(ms));
  return (palette) => ({
    ...chartBase(palette),
    animation: false,
    grid: { left: 4, right: 12, top: 8, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'time',
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      splitNumber: 4,
      axisLabel: { color: palette['ink-soft'], hideOverlap: true, margin: 12, formatter: clock },
    },
    yAxis: { ...valueAxis(palette, (value) => language.count(value)), min: 0, minInterval: 1 },
    tooltip: {
      ...chartBase(palette).tooltip,
      trigger: 'axis',
      formatter: (items: unknown) => {
        const shown = items as { seriesName: string; value: [number, number | null] }[];
        const rows = shown.map(({ seriesName, value: [, value] }) =>
          value === null ? seriesName : `${seriesName}: ${exact(value)}`,
        );
        return [language.time(new Date(shown[0]?.value[0] ?? 0)), ...rows].join('\n');
      },
    },
    series: lines.map(({ group, points }) => ({
      type: 'line',
      name: nameOf(group),
      data: points.map(([atMs, value]) => [atMs, value]),
      showSymbol: points.length === 1,
      connectNulls: false,
      z: group === chosen ? 3 : 2,
      lineStyle: {
        color: group === chosen ? palette.accent : palette['ink-faint'],
        width: group === chosen ? 2.5 : 1,
        opacity: group === chosen ? 1 : 0.5,
      },
      itemStyle: { color: group === chosen ? palette.accent : palette['ink-faint'] },
      ...(group === chosen ? { areaStyle: { color: palette['accent-soft'], opacity: 0.6 } } : {}),
    })),
  });
}
