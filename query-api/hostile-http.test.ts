/** The query API against bytes that are no proper request: see the contract. */
import { Shutdown } from '@fluxo/http';
import { Registry } from '@fluxo/telemetry';
import { behavesUnderHostileHttp } from '../testing/hostile-http.contract.ts';
import { buildApp } from './build-app.ts';
import { MemoryView } from './views/memory/memory-view.ts';
import { TieredView } from './views/tiered-view.ts';
import { aMerchant } from './views/view-fixtures.ts';

behavesUnderHostileHttp({
  proper: 'GET /v1/merchants/m-1 HTTP/1.1',
  build: async (requestTimeoutMs) => {
    const shutdown = new Shutdown();
    const memory = new MemoryView(() => {
      throw new Error('these tests read merchants only');
    });
    memory.applyMerchant(aMerchant());
    memory.isLoaded = true;
    const app = await buildApp({
      view: new TieredView(memory, []),
      access: 'off',
      shutdown,
      readiness: () => ({ ready: !shutdown.isAnnounced, positions: {} }),
      metrics: new Registry(),
      reportFailure: () => undefined,
      requestTimeoutMs,
    });
    return { app, shutdown };
  },
});
