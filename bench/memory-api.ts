/** The query API over a memory view, for benchmarks: no broker, no store, nobody to sign in. */

import type { AddressInfo } from 'node:net';
import { Shutdown } from '@fluxo/http';
import { openLocalCodecs } from '@fluxo/kafka';
import { type AppOptions, buildApp, MemoryView, TieredView } from '@fluxo/query-api';
import { type DailyBalance, formatDate, type Merchant } from '@fluxo/schemas';
import { Registry } from '@fluxo/telemetry';
import { aBalance, aMerchant } from '../query-api/views/view-fixtures.ts';

const MERCHANTS = 200;
const DAYS = 10;
const FIRST_DAY = 20_770;

/** What is in the memory: merchants, each with its documents. */
export type Books = Iterable<readonly [Merchant, Iterable<DailyBalance>]>;

/** The addresses that `serveMemory` has answers for. */
export const paths = Array.from({ length: MERCHANTS * DAYS }, (_, index) => {
  const date = formatDate(FIRST_DAY + (index % DAYS));
  return `/v1/merchants/m-${Math.floor(index / DAYS)}/balances/${date}`;
});

/** Serves 200 merchants with ten days each on a free port of loopback; which one. */
export function serveMemory(): Promise<number> {
  return serveBooks(
    Array.from({ length: MERCHANTS }, (_, merchant) => {
      const merchantId = `m-${merchant}`;
      const balances = Array.from({ length: DAYS }, (__, day) =>
        aBalance({ merchantId, businessDate: FIRST_DAY + day, revision: 2 + day }),
      );
      return [aMerchant({ merchantId }), balances] as const;
    }),
  );
}

/** Serves these books on a free port of loopback; which one. */
export async function serveBooks(
  books: Books,
  besides: Pick<AppOptions, 'statements'> = {},
): Promise<number> {
  const app = await buildApp({
    view: new TieredView(await memoryOf(books), []),
    access: 'off',
    shutdown: new Shutdown(),
    readiness: () => ({ ready: true, positions: {} }),
    metrics: new Registry(),
    reportFailure: (error) => console.error(error),
    ...besides,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

async function memoryOf(books: Books): Promise<MemoryView> {
  const codecs = await openLocalCodecs();
  const memory = new MemoryView((body) => {
    const decoded = codecs.dailyBalances.decode(body);
    if (decoded.kind === 'record' && decoded.type === 'DailyBalance') return decoded.value;
    throw new Error(decoded.kind);
  });
  for (const [merchant, balances] of books) {
    memory.applyMerchant(merchant);
    for (const balance of balances)
      memory.applyBalance(balance, codecs.dailyBalances.encode('DailyBalance', balance));
  }
  memory.isLoaded = true;
  return memory;
}
