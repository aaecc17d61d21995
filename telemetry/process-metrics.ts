/**
 * The registry of a process, with what Node tells of every one: processor time, memory, garbage collection, and how late the event loop
 * is (`nodejs_eventloop_lag_p99_seconds`).
 */
import { collectDefaultMetrics, Registry } from 'prom-client';

export function processMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
