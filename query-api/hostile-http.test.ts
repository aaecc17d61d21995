/** The query API against bytes that are no proper request: see the contract. */
import { Shutdown } from '@fluxo/http';
import { Registry } from '@fluxo/telemetry';
import { behavesUnderHostileHttp } from '../testing/hostile-http.contract.ts';
import { buildApp } from './build-app.ts';
import { MemoryView } from './views/memory/memory-view.ts';
import { TieredView } from './views/tiered-view.ts';

behavesUnderHostileHttp({
  // Not one of those that a busy process sheds.
  proper: 'GET /livez HTTP/1.1',
  build: async (requestTimeoutMs) => {
    const shutdown = new Shutdown();
    const memory = new MemoryView(() => {
      throw new Error('these tests read nothing');
    });
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
