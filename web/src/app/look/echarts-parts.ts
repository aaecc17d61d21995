/** The parts of ECharts that the page uses, and no others: loaded with the first chart. */
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

export type { EChartsOption } from 'echarts';
export type { ECharts } from 'echarts/core';

export function createChart(place: HTMLElement) {
  return init(place, null, { renderer: 'canvas' });
}
