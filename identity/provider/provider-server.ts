/** The local provider's HTTP: health for operators, the sign-in page, and everything else as OpenID Connect says. */
import { createServer, type Server } from 'node:http';
import { answerHealth, processMetrics, registerReadiness } from '@fluxo/telemetry';
import type { Provider } from 'oidc-provider';
import { answerSignInPage, isForSignInPage } from './sign-in-page.ts';

const HEALTH_PATH = /^\/(?:livez|readyz|metrics)$/;

/** A server that is not listening yet. `report` is told of failures of ours. */
export function serverOf(provider: Provider, report: (error: unknown) => void): Server {
  provider.on('server_error', (_, error) => report(error));
  const answer = provider.callback();
  const health = { metrics: processMetrics(), readiness: () => ({ ready: true }) };
  registerReadiness(health.metrics, health.readiness);
  return createServer((request, response) => {
    const url = request.url ?? '/';
    if (HEALTH_PATH.test(url)) answerHealth(url, response, health).catch(report);
    else if (isForSignInPage(url)) answerSignInPage(provider, request, response).catch(report);
    else answer(request, response).catch(report);
  });
}
