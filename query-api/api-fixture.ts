/**
 * The API over a memory view and a ledger in arrays, for tests: merchant m-1 is known, has documents of 2026-03-01 (revision 2) and
 * 2026-03-04 (revision 5), one entry in its ledger (of 2026-03-01, ledgerSeq 2), and nothing is closed. Requests are injected; no port
 * is opened.
 */

import { Shutdown } from '@fluxo/http';
import type { Access } from '@fluxo/identity';
import { openLocalCodecs } from '@fluxo/kafka';
import type { DailyBalance, EntryPosted } from '@fluxo/schemas';
import { Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './build-app.ts';
import type { BalanceView } from './views/balance-view.ts';
import type { LedgerView } from './views/ledger-view.ts';
import { MemoryView } from './views/memory/memory-view.ts';
import { NaiveLedger } from './views/naive-ledger.ts';
import { NaiveStatements } from './views/naive-statements.ts';
import type { StatementView } from './views/statement-view.ts';
import { TieredView } from './views/tiered-view.ts';
import { aBalance, aMerchant, anEntry, dayOf } from './views/view-fixtures.ts';

const codecs = await openLocalCodecs();

/** Where the balances of merchant m-1 are. */
export const BALANCES = '/v1/merchants/m-1/balances';

export type ApiFixture = {
  readonly app: FastifyInstance;
  readonly memory: MemoryView;
  /** Puts an entry of m-1 into the ledger, made of the usual one and this change. */
  readonly post: (change: Partial<EntryPosted>) => void;
  /** Publishes a document of m-1, made of the usual one and this change. */
  readonly put: (change: Partial<DailyBalance>) => void;
  /** What was reported as a failure of ours. */
  readonly failures: readonly unknown[];
};

/** Opens the API, with another view behind the memory if one is given. Sign-in is off unless the test is about it. */
export async function openApi(
  behind: BalanceView | null = null,
  access: Access = 'off',
  ledger: LedgerView | null = null,
  statements: StatementView | null = null,
): Promise<ApiFixture> {
  const memory = new MemoryView((body) => {
    const decoded = codecs.dailyBalances.decode(body);
    if (decoded.kind === 'record' && decoded.type === 'DailyBalance') return decoded.value;
    throw new Error(decoded.kind);
  });
  const put = (change: Partial<DailyBalance>): void => {
    const document = aBalance(change);
    memory.applyBalance(document, codecs.dailyBalances.encode('DailyBalance', document));
  };
  memory.isLoaded = true;
  memory.applyMerchant(aMerchant());
  put({ businessDate: dayOf('2026-03-01'), revision: 2 });
  put({ businessDate: dayOf('2026-03-04'), revision: 5 });
  const naive = new NaiveLedger();
  const post = (change: Partial<EntryPosted>): void => {
    naive.records.push({ type: 'EntryPosted', value: anEntry(change), partition: 0 });
  };
  post({});
  const failures: unknown[] = [];
  const app = await buildApp({
    view: new TieredView(memory, behind === null ? [] : [behind]),
    ledger: { view: ledger ?? naive, cursorSecret: 'a secret of this test' },
    statements: statements ?? new NaiveStatements(naive),
    access,
    readiness: () => ({ ready: memory.isLoaded, positions: { topic: { 0: 7 } } }),
    metrics: new Registry(),
    reportFailure: (error) => failures.push(error),
    shutdown: new Shutdown(),
  });
  return { app, memory, post, put, failures };
}
