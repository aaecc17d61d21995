/**
 * Flink's SQL gateway for tests: one process that runs each query in a small cluster of its own, asked over its REST API. Statements of
 * a session see what earlier ones made. A query over bounded tables ends; its changes are folded here into the rows that hold in the end.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Place } from '@fluxo/stack';
import { logTail, running, startProcess } from '../stack/native-process.ts';
import { dataFolder } from '../stack/place.ts';
import { downloadServers, flinkFolder } from '../stack/setup/downloads.ts';
import { javaProgram } from '../stack/setup/system-tools.ts';
import { tearDown, withTemporaryPlace } from './servers.ts';

const POLL_MS = 100;
const LOG_LINES = 30;

/** What Flink reaches into on Java 17; its own start script opens the same. */
const OPENED = [
  'lang',
  'lang.reflect',
  'net',
  'io',
  'nio',
  'text',
  'time',
  'util',
  'util.concurrent',
  'util.concurrent.atomic',
  'util.concurrent.locks',
].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`);
const EXPORTED = ['sun.net.util', 'sun.nio.ch', 'sun.security.action'].map(
  (name) => `--add-exports=java.base/${name}=ALL-UNNAMED`,
);

type ChangeKind = 'INSERT' | 'UPDATE_BEFORE' | 'UPDATE_AFTER' | 'DELETE';
type Change = { readonly kind: ChangeKind; readonly fields: readonly unknown[] };
type Column = { readonly name: string };
type ResultPage =
  | { readonly resultType: 'NOT_READY' }
  | {
      readonly resultType: 'PAYLOAD' | 'EOS';
      readonly nextResultUri?: string;
      readonly results: { readonly columns: readonly Column[]; readonly data: readonly Change[] };
    };

export type Row = Readonly<Record<string, unknown>>;

export class FlinkSql {
  readonly #session: string;
  readonly #place: Place;

  private constructor(session: string, place: Place) {
    this.#session = session;
    this.#place = place;
  }

  /** Fetches Flink if it is not in the cache, starts it on a free port, and opens a session. */
  static start(): Promise<FlinkSql> {
    return withTemporaryPlace(async (place) => {
      await downloadServers(place.cache, ['flink'], () => undefined);
      return new FlinkSql(await openSession(place), place);
    });
  }

  /** Ends it and removes what it wrote. */
  async stop(): Promise<void> {
    await tearDown(this.#place);
  }

  /** Runs the statements of every file of a folder, in the order of their names. */
  async runFiles(folder: string): Promise<void> {
    for (const file of readdirSync(folder).toSorted())
      for (const statement of statementsOf(readFileSync(join(folder, file), 'utf8')))
        await this.run(statement);
  }

  /** Runs one statement to its end; the rows that hold then, in no order. */
  async run(statement: string): Promise<readonly Row[]> {
    const operations = `${this.#session}/statements`;
    const { operationHandle } = (await post(operations, { statement })) as { operationHandle: string };
    const operation = `${this.#session}/operations/${operationHandle}`;
    const held = new Map<string, Row>();
    let page = `${operation}/result/0`;
    for (;;) {
      const answer = (await ask(page)) as ResultPage;
      if (answer.resultType === 'NOT_READY') {
        await sleep(POLL_MS);
        continue;
      }
      for (const change of answer.results.data) apply(change, answer.results.columns, held);
      if (answer.nextResultUri === undefined) break;
      page = new URL(answer.nextResultUri, page).href;
    }
    await ask(`${operation}/close`, { method: 'DELETE' });
    return [...held.values()];
  }
}

async function openSession(place: Place): Promise<string> {
  const gateway = `http://127.0.0.1:${place.portBase}/v1`;
  await startGateway(place);
  while (!(await isUp(gateway))) {
    if (running(place, 'flink') === null)
      throw new Error(`Flink died at its start: ${logTail(place, 'flink', LOG_LINES)}`);
    await sleep(POLL_MS);
  }
  const { sessionHandle } = (await post(`${gateway}/sessions`, { properties: {} })) as {
    sessionHandle: string;
  };
  return `${gateway}/sessions/${sessionHandle}`;
}

function isUp(gateway: string): Promise<boolean> {
  return fetch(`${gateway}/info`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Statements end with a semicolon at the end of a line. Comments are left to whoever reads the statement. */
function statementsOf(text: string): readonly string[] {
  return text
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** Rows are told apart by all their fields: whole results have no key. */
function apply({ kind, fields }: Change, columns: readonly Column[], held: Map<string, Row>): void {
  const identity = JSON.stringify(fields);
  if (kind === 'UPDATE_BEFORE' || kind === 'DELETE') held.delete(identity);
  else held.set(identity, Object.fromEntries(columns.map(({ name }, index) => [name, fields[index]])));
}

async function startGateway(place: Place): Promise<void> {
  const folder = dataFolder(place, 'flink');
  mkdirSync(folder, { recursive: true });
  const settings = {
    'execution.target': 'local',
    'parallelism.default': 1,
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'sql-gateway.endpoint.rest.address': '127.0.0.1',
    'sql-gateway.endpoint.rest.port': place.portBase,
    'taskmanager.memory.network.min': '64m',
    'taskmanager.memory.network.max': '64m',
    'io.tmp.dirs': folder,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(folder, 'config.yaml'), lines.join(''));
  await startProcess(place, 'flink', {
    program: javaProgram(),
    args: [
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Djava.io.tmpdir=${folder}`,
      ...OPENED,
      ...EXPORTED,
      '-cp',
      `${flinkFolder(place.cache)}/*`,
      'org.apache.flink.table.gateway.SqlGateway',
    ],
    env: { FLINK_CONF_DIR: folder },
    workingFolder: folder,
  });
}

function post(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return ask(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Fails with the causes Flink gives, without the rest of its stack traces. */
async function ask(url: string, request: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, request);
  if (response.ok) return await response.json();
  const causes = (await response.text()).split(/\\n|\n/).filter((line) => /Exception|Caused by/.test(line));
  throw new Error(`Flink refused: ${causes.join('\n')}`);
}
