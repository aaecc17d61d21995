/**
 * Kafka, the schema registry, DynamoDB Local, the JMX exporter, Keycloak and Flink as files in the cache, fetched by Maven from wherever Maven is configured to fetch. A folder
 * of the cache is either complete or absent: Maven works in a temporary folder that is renamed when it has succeeded.
 * The versions are those in the poms and nowhere else.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../file-lock.ts';
import { StackError } from '../stack-error.ts';

type Download = {
  readonly title: string;
  /** Folder under `stack/maven/` with the pom. */
  readonly pom: string;
  /** Property of the pom that holds the version. */
  readonly versionProperty: string;
  readonly goal: (target: string) => readonly string[];
};

const LOCK_WAIT_MS = 10 * 60_000;
const COPY_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const MAVEN_ATTEMPTS = 3;

const downloads = {
  kafka: {
    title: 'Kafka',
    pom: 'kafka',
    versionProperty: 'kafka.version',
    goal: (target) => [COPY_GOAL, `-DoutputDirectory=${target}`, '-DincludeScope=runtime'],
  },
  registry: {
    title: 'Apicurio Registry',
    pom: 'registry',
    versionProperty: 'registry.version',
    goal: (target) => ['dependency:unpack', `-Ddist.directory=${target}`],
  },
  dynamodb: {
    title: 'DynamoDB Local',
    pom: 'dynamodb',
    versionProperty: 'dynamodb.version',
    goal: (target) => [COPY_GOAL, `-DoutputDirectory=${target}`, '-DincludeScope=runtime'],
  },
  exporter: {
    title: 'JMX exporter',
    pom: 'jmx-exporter',
    versionProperty: 'jmx-exporter.version',
    goal: (target) => [COPY_GOAL, `-DoutputDirectory=${target}`, '-DincludeScope=runtime'],
  },
  keycloak: {
    title: 'Keycloak',
    pom: 'keycloak',
    versionProperty: 'keycloak.version',
    goal: (target) => ['dependency:unpack', `-Ddist.directory=${target}`],
  },
  flink: {
    title: 'Flink SQL',
    pom: 'flink',
    versionProperty: 'flink.version',
    goal: (target) => [COPY_GOAL, `-DoutputDirectory=${target}`, '-DincludeScope=runtime'],
  },
} as const satisfies Record<string, Download>;

const mavenFolder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'maven');

/** The folder of the cache with Kafka's jars. */
export const kafkaFolder = (cache: string) => folderOf(cache, downloads.kafka);
/** The folder of the cache with the registry's runner jar and its `lib`. */
export const registryFolder = (cache: string) => folderOf(cache, downloads.registry);

/** The folder of the cache with the distribution of Keycloak; only `npm run test:keycloak` fetches it. */
export const keycloakFolder = (cache: string) =>
  join(folderOf(cache, downloads.keycloak), `keycloak-${versionOf(downloads.keycloak)}`);

/** The folder of the cache with DynamoDB Local's jars and native library. */
export const dynamodbFolder = (cache: string) => folderOf(cache, downloads.dynamodb);

/** The agent by which a broker tells its figures; only where a stack is observed. */
export const jmxExporterJar = (cache: string) =>
  join(folderOf(cache, downloads.exporter), `jmx_prometheus_javaagent-${versionOf(downloads.exporter)}.jar`);

/** The folder of the cache with the jars of Flink's SQL gateway; only `npm run test:data` fetches them. */
export const flinkFolder = (cache: string) => folderOf(cache, downloads.flink);

type DownloadName = keyof typeof downloads;

/** What is there to fetch: everything, or all but what only a stack with `--dynamodb` or `--observe` needs. */
export function downloadNames({
  hasDynamodb,
  hasWatchers,
}: {
  readonly hasDynamodb: boolean;
  readonly hasWatchers: boolean;
}): readonly DownloadName[] {
  return [
    'kafka',
    'registry',
    ...(hasDynamodb ? (['dynamodb'] as const) : []),
    ...(hasWatchers ? (['exporter'] as const) : []),
  ];
}

export function missingDownloads(cache: string, names: readonly DownloadName[]): readonly DownloadName[] {
  return names.filter((name) => !existsSync(folderOf(cache, downloads[name])));
}

/** Fetches those of these that are missing; two at once take turns. Throws `download-failed`. */
export async function downloadServers(
  cache: string,
  names: readonly DownloadName[],
  say: (line: string) => void,
): Promise<void> {
  const onWait = (pid: number) => say(`Waiting for another setup (pid ${pid})`);
  await withLock(join(cache, 'setup.lock'), { waitMs: LOCK_WAIT_MS, onWait }, async () => {
    for (const name of names) {
      const download = downloads[name];
      const folder = folderOf(cache, download);
      if (existsSync(folder)) continue;
      say(`Downloading ${download.title} ${versionOf(download)} with Maven (3–190 MB)`);
      fetchInto(cache, folder, download);
    }
  });
}

function folderOf(cache: string, download: Download): string {
  return join(cache, `${download.pom}-${versionOf(download)}`);
}

export function versionOf({ pom, versionProperty }: Pick<Download, 'pom' | 'versionProperty'>): string {
  const text = readFileSync(join(mavenFolder, pom, 'pom.xml'), 'utf8');
  const version = text.split(`<${versionProperty}>`)[1]?.split('<')[0];
  if (version === undefined) throw new Error(`stack/maven/${pom}/pom.xml has no property ${versionProperty}`);
  return version;
}

/** The pom is copied because Maven writes its markers beside it, and the checkout is not Maven's to write to. */
function fetchInto(cache: string, folder: string, download: Download): void {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'unpacking-'));
  try {
    cpSync(join(mavenFolder, download.pom, 'pom.xml'), join(work, 'pom.xml'));
    const target = join(work, 'files');
    runMaven(join(work, 'pom.xml'), download.goal(target));
    renameSync(target, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function runMaven(pom: string, goal: readonly string[]): void {
  for (let attempt = 1; ; attempt += 1) {
    const args = ['-B', '-ntp', '-q', '-Dstyle.color=never', '-f', pom, ...goal];
    const { status, stdout, stderr, error } = spawnSync('mvn', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (status === 0) return;
    if (attempt < MAVEN_ATTEMPTS) continue;
    const lastWords = error?.message ?? `${stdout}${stderr}`.trim().slice(-1_500);
    throw new StackError(
      'download-failed',
      `Maven could not download the servers (${MAVEN_ATTEMPTS} attempts). Its last words:\n${lastWords}\n` +
        'Is the network there? Behind a proxy or mirror, say so in ~/.m2/settings.xml. Then run the same command again.',
    );
  }
}
