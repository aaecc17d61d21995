/** The query API over a memory view of 200 merchants with ten days each, for benchmarks: no broker, no store, nobody to sign in. */
import type { AddressInfo } from 'node:net';
import { Shutdown } from '@fluxo/http';
import { buildApp, MemoryView, TieredView } from '@fluxo/query-api';
import { type DailyBalance, formatDate } from '@fluxo/schemas';
import { Registry } from '@fluxo/telemetry';
import { aBalance, aMerchant, localCodecs } from '../query-api/views/view-fixtures.ts';

const MERCHANTS = 200;
const DAYS = 10;
const FIRST_DAY = 20_770;

/** The addresses it has answers for. */
export const paths = Array.from({ length: MERCHANTS * DAYS }, (_, index) => {
  const date = formatDate(FIRST_DAY + (index % DAYS));
  return `/v1/merchants/m-${Math.floor(index / DAYS)}/balances/${date}`;
});

/** Serves them on a free port of loopback; which one. */
export async function serveMemory(): Promise<number> {
  const codecs = await localCodecs();
  const memory = new MemoryView((body) => {
    const decoded = codecs.dailyBalances.decode(body);
    if (decoded.kind === 'record' && decoded.type === 'DailyBalance') return decoded.value;
    throw new Error(decoded.kind);
  });
  for (let merchant = 0; merchant < MERCHANTS; merchant++) {
    const merchantId = `m-${merchant}`;
    memory.applyMerchant(aMerchant({ merchantId }));
    for (let day = 0; day < DAYS; day++) {
      const document: DailyBalance = aBalance({
        merchantId,
        businessDate: FIRST_DAY + day,
        revision: 2 + day,
      });
      memory.applyBalance(document, codecs.dailyBalances.encode('DailyBalance', document));
    }
  }
  memory.isLoaded = true;
  const app = await buildApp({
    view: new TieredView(memory, []),
    access: 'off',
    shutdown: new Shutdown(),
    readiness: () => ({ ready: true, positions: {} }),
    metrics: new Registry(),
    reportFailure: (error) => console.error(error),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}
