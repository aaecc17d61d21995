/** What `/readyz` would say, as a metric: a process that runs and does not do its work is seen without asking it twice. */
import type { Registry } from 'prom-client';
import { registerAskedGauge } from './asked-gauge.ts';
import type { Readiness } from './health-server.ts';

/** `readiness` may fail or hang: then the process shows nothing of it, which is not 1 either. */
export function registerReadiness(registry: Registry, readiness: () => Readiness | Promise<Readiness>): void {
  registerAskedGauge(
    registry,
    { name: 'fluxo_ready', help: '1: the process does its work, and /readyz says so.' },
    async () => [{ value: Number((await readiness()).ready) }],
  );
}
