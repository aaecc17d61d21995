/** How a process shows itself: logs, metrics, health. */
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
export * from './asked-gauge.ts';
export * from './health-server.ts';
export * from './lag-metrics.ts';
export * from './logger.ts';
export * from './process-metrics.ts';
export * from './readiness-metrics.ts';
export * from './required-setting.ts';
export * from './summed-registry.ts';
