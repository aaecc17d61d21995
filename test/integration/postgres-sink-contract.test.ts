/** The contract of all sinks, kept by those of Postgres on a real one. Needs Postgres; no Kafka. */
import { formatDate } from '@fluxo/schemas';
import { afterAll, beforeAll, jest } from '@jest/globals';
import { aBalance, aMerchant, anEntry, dayOf, uuid } from '../../query-api/views/view-fixtures.ts';
import { type SinkHarness, sinkContract, type Versioned } from '../../sinks/engine/sink.contract.ts';
import { aRejection, codecs, PostgresScene } from './postgres-scene.ts';

jest.setTimeout(120_000);

let scene: PostgresScene;
beforeAll(async () => {
  scene = await PostgresScene.open();
});
afterAll(async () => scene.close());

const harness =
  (more: Pick<SinkHarness, 'openSink' | 'encode' | 'version'>): (() => Promise<SinkHarness>) =>
  async () => {
    await scene.lose();
    return {
      merchantId: 'm-1',
      contents: () => scene.contents(),
      lose: () => scene.lose(),
      close: async () => {},
      ...more,
    };
  };

async function stored(sql: string, values: readonly unknown[]): Promise<number | null> {
  const [row] = await scene.query<{ version: number }>(sql, values);
  return row?.version ?? null;
}

const dayOfKey = { a: dayOf('2026-03-01'), b: dayOf('2026-03-02'), c: dayOf('2026-03-03') };
const idOfKey = { a: uuid(1), b: uuid(2), c: uuid(3) };

const ledgerOf = ({ key, version }: Versioned) =>
  codecs.ledger.encode('EntryPosted', anEntry({ entryId: idOfKey[key], ledgerSeq: version }));

sinkContract(
  'Postgres with balances',
  {},
  harness({
    openSink: () => scene.balanceSink(),
    encode: ({ key, version }) =>
      codecs.dailyBalances.encode(
        'DailyBalance',
        aBalance({ businessDate: dayOfKey[key], revision: version }),
      ),
    version: (key) =>
      stored('SELECT revision AS version FROM fluxo.daily_balances WHERE business_date = $1', [
        formatDate(dayOfKey[key]),
      ]),
  }),
);

sinkContract(
  'Postgres with merchants',
  {},
  harness({
    openSink: () => scene.merchantSink(),
    encode: ({ key, version }) =>
      codecs.merchants.encode('Merchant', aMerchant({ merchantId: `m-${key}`, revision: version })),
    version: (key) =>
      stored('SELECT revision AS version FROM fluxo.merchants WHERE merchant_id = $1', [`m-${key}`]),
  }),
);

sinkContract(
  'Postgres with the ledger',
  { isAppendOnly: true },
  harness({
    openSink: () => scene.ledgerSink(),
    encode: ledgerOf,
    version: (key) =>
      stored('SELECT max(ledger_seq) AS version FROM fluxo.ledger WHERE record_id = $1', [idOfKey[key]]),
  }),
);

sinkContract(
  'Postgres with rejections',
  { isAppendOnly: true },
  harness({
    openSink: () => scene.rejectionSink(),
    encode: ({ version }) =>
      codecs.rejections.encode('SubmissionRejected', aRejection({ sourceOffset: version })),
    version: () => stored('SELECT max(source_offset) AS version FROM fluxo.rejections', []),
  }),
);
