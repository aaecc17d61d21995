/** When traces are on, and what the SDK is told; what a process then does is shown by `test/traced-process.test.ts`. */
import { expect, test } from '@jest/globals';
import { isTracingWanted, settingsOf } from './tracing.ts';

const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

test.each([
  [false, {}],
  [false, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  [false, { OTEL_SERVICE_NAME: 'streams', OTEL_TRACES_SAMPLER: 'always_on' }],
  [false, { ...collector, OTEL_SDK_DISABLED: 'true' }],
  [false, { ...collector, OTEL_SDK_DISABLED: 'TRUE' }],
  [true, { ...collector, OTEL_SDK_DISABLED: 'false' }],
  [true, collector],
  [true, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }],
])('wanted: %s with %j', (isWanted, environment) => {
  expect(isTracingWanted(environment)).toBe(isWanted);
});

test('a stream thread is one of its service', () => {
  expect(settingsOf('streams-1.2', 'services', {})).toMatchObject({
    OTEL_SERVICE_NAME: 'streams',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=fluxo,service.instance.id=streams-1.2',
  });
});

test('a process is known by what it is and which one', () => {
  expect(settingsOf('sink-redis-2', 'services', {})).toEqual({
    OTEL_SERVICE_NAME: 'sink-redis',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=fluxo,service.instance.id=sink-redis-2',
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
  });
});

test('what the operator has set stands', () => {
  const set = {
    OTEL_SERVICE_NAME: 'caixa',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=shop-3',
    OTEL_NODE_RESOURCE_DETECTORS: 'host',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  };
  expect(settingsOf('streams-1', 'services', set)).toEqual({
    ...set,
    OTEL_RESOURCE_ATTRIBUTES:
      'service.namespace=fluxo,service.instance.id=streams-1,deployment.environment.name=shop-3',
  });
});

test('a browser is not asked whether its trace is recorded', () => {
  const { OTEL_TRACES_SAMPLER } = settingsOf('bff', 'browsers', {
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  });
  expect(OTEL_TRACES_SAMPLER).toBe('traceidratio');
});
