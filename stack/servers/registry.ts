/**
 * The schema registry as a native process: Apicurio with its Confluent-style API, storing in an H2 file, so that schema ids
 * stay what they were in the records already written.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { portOffsets } from '../addresses.ts';
import { dataFolder, type Place } from '../place.ts';
import { registryFolder, versionOf } from '../setup/downloads.ts';
import { javaProgram } from '../setup/system-tools.ts';
import { classFlags } from './class-archive.ts';
import type { Command } from './command.ts';

export function prepareRegistry(place: Place): Command {
  const folder = dataFolder(place, 'registry');
  mkdirSync(folder, { recursive: true });
  const jars = registryFolder(place.cache);
  const version = versionOf({ pom: 'registry', versionProperty: 'registry.version' });
  return {
    program: javaProgram(),
    args: [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      ...classFlags(place.env, jars),
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${place.portBase + portOffsets.registry}`,
      '-Dquarkus.datasource.jdbc.initial-size=2',
      '-Dquarkus.datasource.jdbc.min-size=2',
      '-Dquarkus.datasource.jdbc.max-size=20',
      '-jar',
      join(jars, `apicurio-registry-app-${version}-runner.jar`),
    ],
    // WRITE_DELAY=0: H2 otherwise acknowledges up to half a second before it writes, and a schema id lost by a crash makes
    // the records that carry it unreadable.
    env: { REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(folder, 'registry')};WRITE_DELAY=0` },
    workingFolder: folder,
  };
}

/** What spec.md section 2 asks of every subject: an old reader reads new records and a new reader the old ones, for ever. */
export const COMPATIBILITY = 'FULL_TRANSITIVE';

/** A new Apicurio accepts any change of a schema until it is told otherwise. `registry` is the base URL. */
export async function demandCompatibility(registry: string): Promise<void> {
  const response = await fetch(`${registry}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: COMPATIBILITY }),
  });
  if (!response.ok) throw new Error(`The registry refused the compatibility level: HTTP ${response.status}`);
}
