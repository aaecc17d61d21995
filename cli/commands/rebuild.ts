/**
 * `fluxo rebuild`: makes a view anew from the topics while readers are served, and the sinks go on. For a view that the audit found wrong: the
 * guard by revision keeps what is newer, so a document that claims too high a revision heals in no other way.
 */
import { publishedTopics, spansOf, totalOf } from '@fluxo/pipeline';
import { servedTopics } from '@fluxo/schemas';
import { RetriableSinkError, SinkRefusedError } from '@fluxo/sinks';
import { asRole, placeOf } from '@fluxo/stack';
import { type Command, Option } from 'commander';
import { examples, wholeNumber } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { countOf, startProgress } from '../progress.ts';
import type { RebuildOptions } from '../rebuild/fill-generation.ts';
import { rebuildDynamodb } from '../rebuild/rebuild-dynamodb.ts';
import { rebuildPostgres } from '../rebuild/rebuild-postgres.ts';
import { rebuildRedis } from '../rebuild/rebuild-redis.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf, StackKafka } from '../stack-connection.ts';
import { note, type Terminal } from '../terminal.ts';

/** 0 is the view's own, 1 holds the sessions of the web page. */
const DATABASE_DEFAULT = 2;
const DATABASE_MAX = 9_999;

type Store = 'redis' | 'postgres' | 'dynamodb';

type Options = { readonly json?: true };

/** What came of it, for programs and for people. */
type Outcome = { readonly result: object; readonly line: string };

type Work = (kafka: StackKafka, options: RebuildOptions) => Promise<Outcome>;

export function addRebuild(program: Command, terminal: Terminal): void {
  const group = program
    .command('rebuild')
    .summary('make a view anew while readers are served')
    .description(
      'Makes a view anew from the topics. Readers are served meanwhile, and the sinks go on working.',
    )
    .addHelpText('after', examples('fluxo rebuild redis && fluxo wait && fluxo audit'));
  addRedis(group, terminal);
  addPostgres(group, terminal);
  addDynamodb(group, terminal);
}

function addRedis(group: Command, terminal: Terminal): void {
  group
    .command('redis')
    .summary('the view in Redis')
    .description(
      'Fills another database of the same Redis from the topics, exchanges it with the one that readers use (SWAPDB), and empties the former. ' +
        'The sinks may go on working: they find where the new one stands and go on from there. Needs memory for both.',
    )
    .addOption(
      new Option('--database <number>', 'the database to build in; nothing else may use it')
        .argParser(wholeNumber({ from: 0, to: DATABASE_MAX }))
        .default(DATABASE_DEFAULT),
    )
    .option('--json', 'print the result as JSON: {"generation", "offsets"}')
    .addHelpText('after', examples('fluxo rebuild redis', 'fluxo rebuild redis --database 3'))
    .action(({ database, ...options }: Options & { readonly database: number }) =>
      run(terminal, { store: 'redis', topics: servedTopics, ...options }, async (kafka, given) => {
        const result = await rebuildRedis(kafka, { ...given, url: addressesOf(terminal).redis, database });
        const line = `Readers see generation ${result.generation}, made of ${countOf(result.offsets, 'offset')}.`;
        return { result, line };
      }),
    );
}

function addPostgres(group: Command, terminal: Terminal): void {
  group
    .command('postgres')
    .summary('the tables in Postgres that sinks write')
    .description(
      'Fills the same tables in a schema beside the one that readers use, and puts them in their place in one transaction once they hold as much. What ' +
        'people have entered is not touched, and refusals that the topic has forgotten go along. Needs the role that owns the tables, in FLUXO_POSTGRES unless it is the stack of this machine, and disk for both.',
    )
    .option('--json', 'print the result as JSON: {"offsets"}')
    .addHelpText('after', examples('fluxo rebuild postgres && fluxo wait && fluxo audit'))
    .action((options: Options) =>
      run(terminal, { store: 'postgres', topics: publishedTopics, ...options }, async (kafka, given) => {
        const offsets = await rebuildPostgres(kafka, { ...given, url: ownersAddress(terminal) });
        return {
          result: { offsets },
          line: `Readers see new tables, made of ${countOf(offsets, 'offset')}.`,
        };
      }),
    );
}

function addDynamodb(group: Command, terminal: Terminal): void {
  group
    .command('dynamodb')
    .summary('the view in DynamoDB')
    .description(
      'Compares every item with the topics, exchanges what is wrong, writes what is missing and takes away what the topics do not have, item by item, each on ' +
        'the condition that nobody has written it meanwhile. May be ended and begun again at any time.',
    )
    .option('--json', 'print the result as JSON: {"merchants", "exchanged", "removed", "written"}')
    .addHelpText('after', examples('fluxo rebuild dynamodb && fluxo wait && fluxo audit'))
    .action((options: Options) =>
      run(terminal, { store: 'dynamodb', topics: servedTopics, ...options }, async (kafka, given) => {
        const result = await rebuildDynamodb(kafka, { ...given, address: addressesOf(terminal).dynamodb });
        const { merchants, exchanged, removed, written } = result;
        const found = `${countOf(exchanged, 'item')} exchanged, ${removed} removed, ${countOf(written, 'document')} written`;
        return { result, line: `Every item of ${countOf(merchants, 'merchant')} is right: ${found}.` };
      }),
    );
}

async function run(
  terminal: Terminal,
  { store, topics, json }: Options & { readonly store: Store; readonly topics: typeof servedTopics },
  work: Work,
): Promise<void> {
  assertOneStack(terminal, store);
  await StackKafka.use(terminal, async (kafka) => {
    const spans = await spansOf(kafka, topics);
    const progress = startProgress(terminal, { label: `rebuild ${store}`, total: totalOf(spans) });
    const onTrouble = (problem: string) => note(terminal, `fluxo: ${problem}`);
    try {
      const { result, line } = await work(kafka, { spans, progress, signal: terminal.signal, onTrouble });
      const out = new ResultWriter(terminal.stdout);
      await (json === true ? out.json(result) : out.lines([line]));
    } catch (error) {
      // Whatever was under way failed by it.
      terminal.signal.throwIfAborted();
      throw explained(error);
    } finally {
      progress.stop();
    }
  });
}

/** A store of one stack made anew from the topics of another would be a view of the wrong money, and what was right in it gone. */
function assertOneStack(terminal: Terminal, store: Store): void {
  const here = placeOf(terminal.env).addresses;
  const asked = addressesOf(terminal);
  const servers = ['kafka', 'registry', store] as const;
  const away = servers.filter((server) => hostOf(asked[server] || here[server]) !== hostOf(here[server]));
  if (away.length === 0 || away.length === servers.length) return;
  const local = servers.filter((server) => !away.includes(server));
  throw new CliError(
    'refused',
    `By FLUXO_${away.map((server) => server.toUpperCase()).join(', FLUXO_')} it is the ${away.join(' and ')} of a stack elsewhere, but the ${local.join(' and ')} of this machine’s; nothing was changed.\n` +
      'Name all of one stack, or none of them.',
  );
}

/** `host:port`, of a URL as well. */
function hostOf(address: string): string {
  return address.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/, '').replace(/\/.*$/, '');
}

function explained(cause: unknown): unknown {
  if (cause instanceof SinkRefusedError)
    return new CliError('refused', `Nothing was changed for readers: ${cause.message}`, { cause });
  if (cause instanceof RetriableSinkError)
    return new CliError(
      'stack-failed',
      `The store could not be made anew to the end: ${cause.message}\n` +
        'Readers see what they saw, or more of what is right. Does it run (`npm run stack -- status`), and is it the one you mean? Then begin again.',
      { cause },
    );
  return cause;
}

/** On one machine the owner's password is everybody's. */
function ownersAddress(terminal: Terminal): string {
  const { postgres } = addressesOf(terminal);
  return (terminal.env['FLUXO_POSTGRES'] ?? '') === '' ? asRole(postgres, 'fluxo_owner') : postgres;
}
