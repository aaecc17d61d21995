/**
 * Traces and logs over OTLP, by OpenTelemetry's own SDK and its own variables (docs/tracing.md). Off unless a collector is named: then
 * nothing of the SDK is even imported, spans are nobody's, and no process pays for them. Nothing is instrumented by itself: what a
 * span is, `request-span.ts` and `batch-span.ts` say, because automatic instrumentation costs more than the work it watches (decision 0030).
 */
type Environment = Record<string, string | undefined>;

/** How long an ending process waits for a collector that does not take its last spans. */
const GOODBYE_MS = 3_000;

let sdk: { shutdown(): Promise<void> } | null = null;

/** Whether this process has been told where its traces go. */
export function isTracing(): boolean {
  return sdk !== null;
}

/** Whether these variables name a collector, and do not say that nothing is to be sent all the same. */
export function isTracingWanted(environment: Environment): boolean {
  const endpoint =
    environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? '';
  return endpoint !== '' && environment['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true';
}

/**
 * Starts the SDK if it is wanted; whether it was. To be called before anything else of the process. `instance` is the name of the process,
 * `streams-1`: what it is and which one. `hears: 'browsers'`: whether a trace counts is decided here and not by who began it.
 */
export async function startTracing(
  instance: string,
  { hears = 'services' }: { readonly hears?: 'services' | 'browsers' } = {},
): Promise<boolean> {
  if (!isTracingWanted(process.env)) return false;
  Object.assign(process.env, settingsOf(instance, hears, process.env));
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  // Metrics are asked for by Prometheus (docs/metrics.md).
  const started = new NodeSDK({ metricReaders: [], instrumentations: [] });
  started.start();
  sdk = started;
  return true;
}

/** What the SDK is told beside what the operator has set; it takes everything from the environment. */
export function settingsOf(
  instance: string,
  hears: 'services' | 'browsers',
  environment: Environment,
): Readonly<Record<string, string>> {
  const attributes = ['service.namespace=fluxo', `service.instance.id=${instance}`];
  const given = environment['OTEL_RESOURCE_ATTRIBUTES'] ?? '';
  const sampler = environment['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on';
  return {
    OTEL_SERVICE_NAME: environment['OTEL_SERVICE_NAME'] ?? instance.replace(/-[\d.]+$/, ''),
    OTEL_RESOURCE_ATTRIBUTES: [...attributes, ...(given === '' ? [] : [given])].join(','),
    // The others look at the machine and at the command line, which is nobody's business.
    OTEL_NODE_RESOURCE_DETECTORS: environment['OTEL_NODE_RESOURCE_DETECTORS'] ?? 'env',
    OTEL_TRACES_SAMPLER: hears === 'browsers' ? sampler.replace('parentbased_', '') : sampler,
  };
}

/**
 * Sends what waits to be sent; the last that a process does. Of a collector that hangs it lets go by ending the process: the requests to it would keep one
 * that has nothing else to do.
 */
export async function endTracing(): Promise<void> {
  if (sdk === null) return;
  const late = setTimeout(() => process.exit(), GOODBYE_MS);
  await sdk.shutdown().catch(() => undefined);
  clearTimeout(late);
}
