/** How a process shows itself: logs, metrics, health. */
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
export * from './asked-gauge.ts';
export * from './batch-span.ts';
export * from './health-server.ts';
export * from './lag-metrics.ts';
export * from './logged-figures.ts';
export * from './logger.ts';
export * from './process-metrics.ts';
export * from './readiness-metrics.ts';
export * from './request-span.ts';
export * from './required-setting.ts';
export * from './span-since.ts';
export * from './summed-registry.ts';
export * from './tallied-counter.ts';
export * from './traceparent.ts';
export * from './tracing.ts';
