/**
 * Panels in the form that Grafana keeps dashboards in (schema 39), from the little that differs between ours: a title, a unit, queries by their
 * legend. Two panels in a row, numbers four. It knows no metric.
 */
type PanelKind = 'timeseries' | 'stat' | 'table';

export type Panel = {
  readonly kind: PanelKind;
  readonly title: string;
  readonly unit: string;
  /** PromQL, or SQL in a table, by what its series are called. */
  readonly queries: Readonly<Record<string, string>>;
};

/** Lines over time. `unit` is one of Grafana's. */
export const graph = (title: string, unit: string, queries: Panel['queries']): Panel => ({
  kind: 'timeseries',
  title,
  unit,
  queries,
});

/** The latest value, large. */
export const number = (title: string, unit: string, query: string): Panel => ({
  kind: 'stat',
  title,
  unit,
  queries: { '': query },
});

/** What a statement over the read tables returns. */
export const table = (title: string, statement: string): Panel => ({
  kind: 'table',
  title,
  unit: 'short',
  queries: { '': statement },
});

const ROW_UNITS = 24;
const sizes: Readonly<Record<PanelKind, { readonly w: number; readonly h: number }>> = {
  stat: { w: 6, h: 4 },
  timeseries: { w: 12, h: 8 },
  table: { w: 24, h: 8 },
};

const prometheus = { type: 'prometheus', uid: 'fluxo-prometheus' };
const postgres = { type: 'grafana-postgresql-datasource', uid: 'fluxo-postgres' };

export type DashboardText = {
  readonly title: string;
  readonly about: string;
  readonly panels: readonly Panel[];
};

/** `name` becomes its address: /d/fluxo-name. */
export function dashboardOf(name: string, { title, about, panels }: DashboardText): object {
  const hasTables = panels.some(({ kind }) => kind === 'table');
  return {
    uid: `fluxo-${name}`,
    title,
    description: about,
    tags: ['fluxo'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: hasTables ? [merchantVariable] : [] },
    panels: placed(panels),
  };
}

const merchantVariable = {
  name: 'merchant',
  label: 'Merchant',
  type: 'query',
  datasource: postgres,
  query: 'SELECT DISTINCT merchant_id FROM fluxo.merchants ORDER BY 1 LIMIT 1000',
  refresh: 1,
};

/** From left to right, and a new row where one is full. */
function placed(panels: readonly Panel[]): readonly object[] {
  let x = 0;
  let y = 0;
  let height = 0;
  return panels.map((panel, index) => {
    const { w, h } = sizes[panel.kind];
    if (x + w > ROW_UNITS) {
      x = 0;
      y += height;
      height = 0;
    }
    const place = { x, y, w, h };
    x += w;
    height = Math.max(height, h);
    return panelOf(panel, { id: index + 1, place });
  });
}

function panelOf(
  { kind, title, unit, queries }: Panel,
  { id, place }: { id: number; place: object },
): object {
  const datasource = kind === 'table' ? postgres : prometheus;
  return {
    id,
    type: kind,
    title,
    datasource,
    gridPos: place,
    fieldConfig: { defaults: { unit, min: kind === 'table' ? undefined : 0 }, overrides: [] },
    targets: Object.entries(queries).map(([legend, query], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      ...(kind === 'table'
        ? { rawSql: query, format: 'table', rawQuery: true }
        : { expr: query, legendFormat: legend, instant: kind === 'stat' }),
    })),
  };
}
