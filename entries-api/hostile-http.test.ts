/** The entries API against bytes that are no proper request: see the contract. None of them comes as far as the database. */
import { Shutdown } from '@fluxo/http';
import { Registry } from '@fluxo/telemetry';
import { behavesUnderHostileHttp } from '../testing/hostile-http.contract.ts';
import { buildApp } from './build-app.ts';
import { servicesOver } from './services.ts';

behavesUnderHostileHttp({
  proper: 'GET /livez HTTP/1.1',
  withBody: 'POST /v1/merchants/m-1/entries HTTP/1.1',
  build: async (requestTimeoutMs) => {
    const shutdown = new Shutdown();
    const { services, store } = servicesOver({
      url: 'postgres://nobody@127.0.0.1:9/nothing',
      name: 'hostile-http',
      connectionsMax: 1,
    });
    const app = await buildApp({
      services,
      access: 'off',
      metrics: new Registry(),
      shutdown,
      readiness: async () => ({ ready: !shutdown.isAnnounced }),
      reportFailure: () => undefined,
      requestTimeoutMs,
    });
    app.addHook('onClose', () => store.close());
    return { app, shutdown };
  },
});
