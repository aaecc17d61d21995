/**
 * Kafka, the registry, Redis, PostgreSQL and DynamoDB as the containers of docker-compose.yml, published on the ports of this stack. Only the
 * servers: our own programs run as processes in either case, so that `status`, `stop` and tests of failures work alike.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { portOffsets } from './addresses.ts';
import type { Place } from './place.ts';
import { StackError } from './stack-error.ts';

/** The variables docker-compose.yml takes its published ports from. */
export function composeEnvironment(place: Place): Record<string, string> {
  const port = (offset: number) => String(place.portBase + offset);
  return {
    FLUXO_KAFKA_PORT: port(portOffsets.kafka),
    FLUXO_REGISTRY_PORT: port(portOffsets.registry),
    FLUXO_REDIS_PORT: port(portOffsets.redis),
    FLUXO_POSTGRES_PORT: port(portOffsets.postgres),
    FLUXO_DYNAMODB_PORT: port(portOffsets.dynamodb),
    FLUXO_QUERY_API_PORT: port(portOffsets.queryApi),
    FLUXO_ENTRIES_API_PORT: port(portOffsets.entriesApi),
    FLUXO_OPERATIONS_API_PORT: port(portOffsets.operationsApi),
    FLUXO_IDENTITY_PORT: port(portOffsets.identity),
    FLUXO_BFF_PORT: port(portOffsets.bff),
    FLUXO_PROMETHEUS_PORT: port(portOffsets.prometheus),
    FLUXO_ALERTMANAGER_PORT: port(portOffsets.alertmanager),
  };
}

/** One compose project per port base, so that two stacks do not share containers. */
const projectOf = (place: Place) => `fluxo-${place.portBase}`;

/** Also starts, first, the containers that this one depends on. */
export function startContainer(place: Place, name: string): Promise<string> {
  return compose(place, ['up', '--detach', name]);
}

export function stopContainer(place: Place, name: string): Promise<string> {
  return compose(place, ['stop', name]);
}

/** Names of the containers of this stack that run. */
export async function runningContainers(place: Place): Promise<readonly string[]> {
  const output = await compose(place, ['ps', '--services', '--status', 'running']);
  return output.split('\n').filter((line) => line !== '');
}

export function containerLogTail(place: Place, name: string): Promise<string> {
  return compose(place, ['logs', '--no-color', '--tail', '15', name]);
}

/** Runs `docker compose` and returns what it printed. Throws `not-ready` with its complaint. */
function compose(place: Place, args: readonly string[]): Promise<string> {
  const file = join(place.checkout, 'docker-compose.yml');
  return new Promise((resolve, reject) => {
    const child = spawn('docker', ['compose', '--file', file, '--project-name', projectOf(place), ...args], {
      env: { ...place.env, ...composeEnvironment(place) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const fail = (why: string) =>
      reject(
        new StackError('not-ready', `docker compose ${args.join(' ')} failed: ${why.trim().slice(-1_000)}`),
      );
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => (code === 0 ? resolve(output) : fail(complaint)));
  });
}
