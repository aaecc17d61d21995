/** How a process shows itself: logs, metrics, health. */
export { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
export * from './health-server.ts';
export * from './logger.ts';
export * from './required-setting.ts';
