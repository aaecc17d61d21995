/**
 * The rules of the house as a test. Two decisions carry the house. Stages never import each other: they meet only in
 * `schemas/`, so that every arrow of the architecture's picture is one file there. And the engine knows no cash, the domain
 * knows no Kafka: `streams/topologies` is where they meet, `main.ts` files are where wires are plugged. The table below says
 * this folder by folder; whoever needs another import changes the table, and with it the architecture, on purpose.
 *
 * A rule that finds nothing proves nothing, so each one is shown a planted fault first.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { generate } from './generate.ts';
import { noUnusedFiles } from './reachable-files.ts';
import type { Checkout, Finding, Manifest, Room, Rule } from './tidy-rules.ts';
import * as rules from './tidy-rules.ts';

const library = { mayUseLibraries: true };
const pure = { mayUseLibraries: false };

const rooms: readonly Room[] = [
  { folder: 'schemas', mayImport: [], ...pure },
  { folder: 'domain', mayImport: [], ...pure },
  { folder: 'telemetry', mayImport: [], ...library },
  { folder: 'kafka', mayImport: ['schemas'], ...library },
  { folder: 'postgres', mayImport: [], ...library },
  { folder: 'producers', mayImport: ['domain', 'schemas', 'kafka', 'telemetry'], ...library },
  { folder: 'streams/engine', mayImport: [], ...pure },
  { folder: 'streams/topologies', mayImport: ['streams/engine', 'domain', 'schemas'], ...library },
  { folder: 'streams/checkpoints', mayImport: ['streams/engine'], ...library },
  {
    folder: 'streams',
    mayImport: ['streams/engine', 'streams/topologies', 'schemas', 'telemetry'],
    ...library,
  },
  {
    folder: 'streams/threads',
    mayImport: ['streams', 'streams/processor.ts', 'streams/checkpoints', 'schemas', 'kafka', 'telemetry'],
    ...library,
  },
  { folder: 'streams/main.ts', mayImport: ['streams/threads', 'telemetry'], ...library },
  {
    folder: 'streams/processor.ts',
    mayImport: ['streams/engine', 'streams/topologies', 'schemas', 'kafka'],
    ...library,
  },
  {
    folder: 'sinks',
    mayImport: ['sinks/engine', 'sinks/redis', 'sinks/postgres', 'sinks/dynamodb', 'telemetry'],
    ...library,
  },
  {
    folder: 'sinks/sink-process.ts',
    mayImport: ['sinks', 'sinks/engine', 'schemas', 'kafka', 'telemetry'],
    ...library,
  },
  { folder: 'sinks/engine', mayImport: ['schemas'], mayNameTypesOf: ['kafka'], ...library },
  {
    folder: 'sinks/redis',
    mayImport: ['sinks/engine', 'schemas', 'telemetry'],
    mayNameTypesOf: ['kafka'],
    ...library,
  },
  {
    folder: 'sinks/redis/main.ts',
    mayImport: ['sinks/sink-process.ts', 'sinks/redis', 'schemas', 'telemetry'],
    ...library,
  },
  {
    folder: 'sinks/postgres',
    mayImport: ['sinks/engine', 'schemas', 'postgres', 'telemetry'],
    mayNameTypesOf: ['kafka'],
    ...library,
  },
  {
    folder: 'sinks/postgres/main.ts',
    mayImport: ['sinks/sink-process.ts', 'sinks/postgres', 'schemas', 'telemetry'],
    ...library,
  },
  {
    folder: 'sinks/dynamodb',
    mayImport: ['sinks/engine', 'schemas', 'telemetry'],
    mayNameTypesOf: ['kafka'],
    ...library,
  },
  {
    folder: 'sinks/dynamodb/main.ts',
    mayImport: ['sinks/sink-process.ts', 'sinks/dynamodb', 'schemas', 'telemetry'],
    ...library,
  },
  {
    folder: 'sinks/dynamodb/lambda.ts',
    mayImport: ['sinks/engine', 'sinks/dynamodb', 'schemas', 'kafka', 'telemetry'],
    ...library,
  },
  {
    folder: 'entries-api',
    mayImport: [
      'entries-api/relay',
      'domain',
      'schemas',
      'kafka',
      'postgres',
      'telemetry',
      'identity',
      'http',
    ],
    ...library,
  },
  {
    folder: 'entries-api/relay',
    mayImport: ['entries-api', 'domain', 'schemas', 'kafka', 'postgres', 'producers', 'telemetry'],
    ...library,
  },
  { folder: 'pipeline', mayImport: ['schemas', 'kafka', 'streams'], ...library },
  { folder: 'http', mayImport: ['schemas', 'telemetry'], ...library },
  { folder: 'identity', mayImport: ['schemas', 'telemetry', 'http'], ...library },
  {
    folder: 'query-api',
    mayImport: ['schemas', 'domain', 'kafka', 'postgres', 'telemetry', 'identity', 'http'],
    ...library,
  },
  {
    folder: 'operations-api',
    mayImport: ['schemas', 'kafka', 'pipeline', 'telemetry', 'identity', 'http'],
    ...library,
  },
  { folder: 'bff', mayImport: ['schemas', 'domain', 'telemetry', 'identity', 'http'], ...library },
  // The judge: whatever it shared with what it judges, it could not judge.
  { folder: 'audit', mayImport: ['schemas', 'kafka'], ...library },
  {
    folder: 'cli',
    mayImport: [
      'schemas',
      'domain',
      'kafka',
      'pipeline',
      'postgres',
      'producers',
      'sinks',
      'streams',
      'stack',
      'telemetry',
      'audit',
      'identity',
    ],
    ...library,
  },
  { folder: 'stack', mayImport: ['schemas', 'kafka', 'identity'], ...library },
  // The page: shapes of answers from schemas/, and the calendar of domain/ for its previews, so that no rule has a second copy.
  { folder: 'web', mayImport: ['schemas', 'domain'], ...library },
  { folder: 'infra', mayImport: ['schemas'], ...library },
  { folder: 'tools', mayImport: [], ...library },
  ...['testing', 'test', 'bench', 'scripts', 'jest.config.js'].map(
    (folder): Room => ({ folder, mayImport: 'everything', ...library }),
  ),
];

const root = fileURLToPath(new URL('..', import.meta.url));

const notOurs = new Set(['node_modules', 'coverage', 'dist', '.git', '.fluxo']);

/** The source files of the checkout by their path. */
function sourceFiles(folder = ''): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(root + folder, { withFileTypes: true })) {
    const path = folder + entry.name;
    if (entry.isDirectory() && !notOurs.has(entry.name)) Object.assign(files, sourceFiles(`${path}/`));
    if (entry.isFile() && /\.[jt]s$/.test(path)) files[path] = readFileSync(root + path, 'utf8');
  }
  return files;
}

function manifests(): readonly Manifest[] {
  const { workspaces } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { workspaces: string[] };
  const declaredIn = (folder: string) =>
    JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as Record<string, object | undefined>;
  const ours = ['', ...workspaces].map((folder) => {
    const { dependencies, devDependencies } = declaredIn(folder);
    return { folder, dependencies: Object.keys({ ...dependencies, ...devDependencies }) };
  });
  // An npm project of its own; what it declares for development are tools, which nothing imports.
  const aws = {
    folder: 'infra/aws',
    dependencies: Object.keys(declaredIn('infra/aws')['dependencies'] ?? {}),
  };
  return [...ours, aws];
}

const house = { rooms, manifests: manifests() };
const checkout = rules.checkoutOf(sourceFiles(), house);

/** Assembled, because this file is checked too. */
const placeOf = (folder: string): string => `/${folder}/somebody`;

const opening = '/** A planted file. */\n';

/** Each rule, what it watches over, and files that break it: every one of them must be found, by its path. */
const table: readonly (readonly [string, Rule, Readonly<Record<string, string>>])[] = [
  [
    'stages meet only in schemas; the engine knows no cash, the domain no Kafka',
    rules.importsOfTheHouse,
    {
      'domain/ledger/a.ts': `${opening}import { Cluster } from '@fluxo/kafka';`,
      'domain/ledger/b.ts': `${opening}import { hash } from 'node:crypto';`,
      'streams/engine/a.ts': `${opening}import { topics } from '@fluxo/schemas';`,
      'streams/engine/b.ts': `${opening}import { c } from '../topologies/c.ts';`,
      'streams/topologies/a.ts': `${opening}import { Cluster } from '@fluxo/kafka';`,
      'sinks/redis/a.ts': `${opening}import { TopicCodec } from '@fluxo/kafka';`,
      'sinks/engine/a.ts': `${opening}import { b } from '../redis/b.ts';`,
      'query-api/routes/a.ts': `${opening}import { b } from '@fluxo/sinks';`,
      'query-api/routes/b.ts': `${opening}import { b } from '../../schemas/topics.ts';`,
      'kafka/a.ts': `${opening}import { b } from '@fluxo/schemas/topics.ts';`,
      'audit/a.ts': `${opening}import { submit } from '@fluxo/domain';`,
      'audit/recount/a.ts': `${opening}import { foldSubmissions } from '@fluxo/streams';`,
      'drawer/a.ts': `${opening}export const a = 1;`,
    },
  ],
  [
    'what is imported is declared',
    rules.declaredDependencies,
    {
      'telemetry/a.ts': `${opening}import { b } from 'left-pad';`,
      'schemas/a.ts': `${opening}import { b } from '@scope/c/d.js';`,
      'domain/a.test.ts': `${opening}import { b } from 'left-pad';`,
    },
  ],
  [
    'clients of servers are used in one place',
    rules.clientsInOnePlace,
    {
      'producers/a.ts': `${opening}import { Kafka } from 'kafkajs';`,
      'streams/a.ts': `${opening}import { Type } from 'avsc';`,
      'query-api/a.test.ts': `${opening}const { b } = await import('@platformatic/kafka');`,
      'cli/a.ts': `${opening}import { Redis } from 'ioredis';`,
      'cli/b.ts': `${opening}import { Pool } from 'pg';`,
    },
  ],
  [
    'no clock and no chance where results must follow from the log alone',
    rules.noClockNorChance,
    {
      'domain/a.ts': `${opening}const now = Date.now();`,
      'domain/b.ts': `${opening}const now = new Date( );`,
      'streams/engine/a.ts': `${opening}setTimeout(() => {}, 1);`,
      'streams/engine/b.ts': `${opening}const id = Math.random();`,
      'streams/topologies/a.ts': `${opening}const zone = process.env['TZ'];`,
    },
  ],
  [
    'no float comes near money',
    rules.noFloats,
    {
      'cli/a.ts': `${opening}const amount = parseFloat('1.10');`,
      'sinks/a.ts': `${opening}const text = (minor / 100).toFixed(2);`,
    },
  ],
  [
    'nothing is of type any',
    rules.noAny,
    {
      'cli/a.ts': `${opening}const a: any = 1;`,
      'cli/b.ts': `${opening}const b = c as any;`,
      'cli/c.ts': `${opening}const d = new Map<string, any>();`,
      'cli/d.ts': `${opening}type E = any[];`,
    },
  ],
  [
    'topic names stand in the catalogue',
    rules.topicNamesInTheCatalogue,
    {
      'sinks/a.ts': `${opening}const topic = 'cash.ledger.v1';`,
      'cli/a.ts': `${opening}const text = \`reads cash.daily-balances.v1\`;`,
    },
  ],
  [
    'no test keeps the others from running',
    rules.noLonelyTests,
    {
      'domain/a.test.ts': `${opening}test.only('b', () => {});`,
      'domain/b.test.ts': `${opening}describe.only('b', () => {});`,
    },
  ],
  [
    'nothing is left for later in a comment',
    rules.noUnfinishedMarks,
    { 'cli/a.ts': `${opening}// FIXME: b`, 'cli/b.ts': `${opening}/* TODO c */` },
  ],
  ['files are short enough to read', rules.shortFiles, { 'cli/a.ts': opening + 'f();\n'.repeat(400) }],
  [
    'a file opens by saying what it is',
    rules.openingComment,
    { 'cli/a.ts': "import { b } from './c.ts';\nb();", 'cli/b.ts': '// a\nexport const b = 1;' },
  ],
  [
    'names say what is inside',
    rules.tidyNames,
    { 'cli/utils/a.ts': opening, 'cli/helpers.ts': opening, 'cli/moneyText.ts': opening },
  ],
  ['exports have names', rules.noDefaultExports, { 'cli/a.ts': `${opening}export default 1;` }],
  [
    'nothing depends on the machine it was written on',
    rules.noPlacesOfOneMachine,
    {
      'cli/a.ts': `${opening}const folder = '${placeOf('home')}/fluxo';`,
      'cli/b.ts': `${opening}// see ${placeOf('root')}`,
    },
  ],
  [
    'every file is needed',
    noUnusedFiles,
    {
      'cli/a.ts': `${opening}export const a = 1;`,
      'cli/b.ts': `${opening}import { a } from './a.ts';`,
      'cli/c.ts': `${opening}export const c = 1;`,
    },
  ],
];

/** Files that go with the planted ones and break no rule: a test of one's own does not make a file needed. */
const bystanders = { 'cli/c.test.ts': `${opening}import { c } from './c.ts';`, 'cli/main.ts': opening };

const shown = ({ path, line, message }: Finding): string => `${path}:${line} ${message}`;

describe.each(table)('%s', (_name, rule, planted) => {
  test('each planted fault is found, and nothing else', () => {
    const found = rule(rules.checkoutOf({ ...planted, ...bystanders }, house));
    expect(found.map(({ path }) => path).toSorted()).toEqual(Object.keys(planted).toSorted());
  });

  test('holds in this checkout', () => {
    expect(rule(checkout satisfies Checkout).map(shown)).toEqual([]);
  });
});

describe('what is declared', () => {
  const idle: Manifest = { folder: 'cli', dependencies: ['commander', 'left-pad', '@types/left-pad'] };
  const files = { 'cli/main.ts': `${opening}import { Command } from 'commander';` };

  test('a package that nothing imports is found', () => {
    const found = rules.noIdleDependencies(rules.checkoutOf(files, { rooms, manifests: [idle] }));
    expect(found.map(({ message }) => message)).toEqual([expect.stringContaining('left-pad')]);
  });

  test('is imported', () => {
    expect(rules.noIdleDependencies(checkout).map(shown)).toEqual([]);
  });
});

describe('generated files', () => {
  test('are what `npm run generate` makes of schemas/avro', () => {
    for (const [file, text] of Object.entries(generate()))
      expect(
        readFileSync(`${root}schemas/generated/${file}`, 'utf8') === text ? file : `${file} is stale`,
      ).toBe(file);
  });
});
