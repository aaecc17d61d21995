/**
 * What the broker says of itself: Prometheus' JMX exporter inside its JVM, which answers on a port of the stack with what
 * `infra/observability/broker-metrics.yml` names. Only where the stack is observed: a broker that nobody asks does not pay for it. Whether the
 * broker that was started last has it shows in its data folder, so nobody asks one that has not (decision 0041).
 */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { portOffsets } from '../addresses.ts';
import { dataFolder, type Place } from '../place.ts';
import { jmxExporterJar } from '../setup/downloads.ts';
import { StackError } from '../stack-error.ts';

/** Where it answers, on loopback. */
export const brokerMetricsAddress = ({ portBase }: Place) =>
  `127.0.0.1:${portBase + portOffsets.kafkaMetrics}`;

const rulesOf = (place: Place) => join(dataFolder(place, 'kafka'), 'broker-metrics.yml');

/** Whether the broker that was started last answers there. */
export const hasBrokerMetrics = (place: Place) => existsSync(rulesOf(place));

/** Flags of the JVM of a broker that is about to be started. Throws `tool-missing`. */
export function brokerMetricsFlags(place: Place, isObserved: boolean): readonly string[] {
  rmSync(rulesOf(place), { force: true });
  if (!isObserved) return [];
  const jar = jmxExporterJar(place.cache);
  if (!existsSync(jar))
    throw new StackError('tool-missing', 'There is no JMX exporter here. Run: npm start -- --observe');
  copyFileSync(join(place.checkout, 'infra', 'observability', 'broker-metrics.yml'), rulesOf(place));
  return [`-javaagent:${jar}=${brokerMetricsAddress(place)}:${rulesOf(place)}`];
}
