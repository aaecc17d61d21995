/**
 * Prometheus as a native process of this stack: asks the broker and every program of ours that was started and not stopped on purpose for its metrics, and
 * judges the rules of `infra/observability/`. Whom it asks stands in a file that is written anew whenever something is started or stopped,
 * so there is one list of what a stack consists of. What else is to be asked, such as an audit that somebody runs beside the stack, goes
 * into a file of its own in the same folder. FLUXO_SCRAPE_SECONDS and FLUXO_RULES are for tests that cannot wait.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { portOffsets } from '../addresses.ts';
import { rememberedNames } from '../native-process.ts';
import { dataFolder, type Place } from '../place.ts';
import { roleOf, serviceNamed, type WorkerService } from '../services.ts';
import { findProgram } from '../setup/system-tools.ts';
import { StackError } from '../stack-error.ts';
import { brokerMetricsAddress, hasBrokerMetrics } from './broker-metrics.ts';
import type { Command } from './command.ts';

const SCRAPE_SECONDS_DEFAULT = '15';
const SCRAPE_TIMEOUT_SECONDS_MAX = 10;
const RETENTION = '30d';

/** Those of whom Prometheus asks metrics, in the form of its file_sd_configs. */
export type TargetGroup = {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<'job' | 'instance', string>>;
};

/** Writes whom it asks, and says how to start it. Throws `tool-missing`. */
export function preparePrometheus(place: Place): Command {
  const program = findProgram('prometheus');
  if (program === null)
    throw new StackError('tool-missing', 'There is no prometheus here. Run: npm start -- --observe');
  const folder = dataFolder(place, 'prometheus');
  mkdirSync(targetsFolder(place), { recursive: true });
  writeTargets(place);
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(prometheusConfig(place), null, 2));
  return {
    program,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--storage.tsdb.retention.time=${RETENTION}`,
      `--web.listen-address=${at(place, portOffsets.prometheus)}`,
    ],
    env: {},
    workingFolder: folder,
  };
}

/** The configuration, which as JSON is YAML too. */
export function prometheusConfig(place: Place): object {
  const seconds = Number(place.env['FLUXO_SCRAPE_SECONDS'] ?? SCRAPE_SECONDS_DEFAULT);
  const interval = `${seconds}s`;
  const rules = place.env['FLUXO_RULES'] ?? join(place.checkout, 'infra', 'observability', 'rules');
  return {
    global: {
      scrape_interval: interval,
      scrape_timeout: `${Math.min(seconds, SCRAPE_TIMEOUT_SECONDS_MAX)}s`,
      evaluation_interval: interval,
    },
    rule_files: [join(rules, '*.rules.yml')],
    alerting: {
      alertmanagers: [{ static_configs: [{ targets: [at(place, portOffsets.alertmanager)] }] }],
    },
    scrape_configs: [
      {
        job_name: 'stack',
        file_sd_configs: [{ files: [join(targetsFolder(place), '*.json')], refresh_interval: interval }],
      },
      own('prometheus', at(place, portOffsets.prometheus)),
      own('alertmanager', at(place, portOffsets.alertmanager)),
    ],
  };
}

/** Says anew whom to ask; does nothing where no Prometheus was ever started. */
export function writeTargets(place: Place): void {
  const folder = targetsFolder(place);
  if (!existsSync(folder)) return;
  const file = join(folder, 'stack.json');
  const unfinished = join(folder, `stack.json.${process.pid}`);
  writeFileSync(unfinished, JSON.stringify(targetsOf(place, rememberedNames(place)), null, 2));
  renameSync(unfinished, file);
}

/** Every worker among these names, and the broker if it answers. */
export function targetsOf(place: Place, names: readonly string[]): readonly TargetGroup[] {
  const broker = { targets: [brokerMetricsAddress(place)], labels: { job: 'kafka', instance: 'kafka' } };
  const workers = names
    .map(serviceNamed)
    .filter((service): service is WorkerService => service.kind === 'worker')
    .map((service) => ({
      targets: [at(place, service.portOffset)],
      labels: { job: roleOf(service), instance: service.name },
    }));
  return names.includes('kafka') && hasBrokerMetrics(place) ? [...workers, broker] : workers;
}

const targetsFolder = (place: Place) => join(dataFolder(place, 'prometheus'), 'targets');

const at = ({ portBase }: Place, offset: number) => `127.0.0.1:${portBase + offset}`;

function own(name: string, target: string): object {
  return { job_name: name, static_configs: [{ targets: [target], labels: { instance: name } }] };
}
