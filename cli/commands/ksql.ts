/**
 * `fluxo ksql`: makes the tables and streams of `streams/sql/ksqldb/` in a ksqlDB server, as often as one likes, and asks them with pull
 * queries. It changes nothing that exists: a statement that was changed takes effect after the old table has been dropped by hand.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { placeOf } from '@fluxo/stack';
import type { Command } from 'commander';
import { examples } from '../arguments.ts';
import { CliError, messageOf } from '../cli-error.ts';
import { type KsqlStatement, parseScript } from '../ksql/ksql-script.ts';
import type { KsqlServer } from '../ksql/ksql-server.ts';
import { KsqldbClientServer } from '../ksql/ksqldb-client.server.ts';
import { ResultWriter } from '../result-writer.ts';
import { tableOf } from '../table.ts';
import { note, type Terminal } from '../terminal.ts';

/** Where ksqlDB listens unless told otherwise. */
const KSQLDB_DEFAULT = 'http://127.0.0.1:8088';
const STATEMENTS = 'streams/sql/ksqldb';

export function addKsql(program: Command, terminal: Terminal): void {
  const group = program
    .command('ksql')
    .summary('make and ask the tables and streams of a ksqlDB server')
    .description(`Works with the ksqlDB server at FLUXO_KSQLDB (default ${KSQLDB_DEFAULT}).`)
    .addHelpText('after', examples('fluxo ksql apply', 'fluxo ksql query "SELECT * FROM network_totals"'));
  addApply(group, terminal);
  addQuery(group, terminal);
}

function addApply(group: Command, terminal: Terminal): void {
  group
    .command('apply')
    .summary('make what is missing of the tables and streams')
    .description(
      `Sends the statements of these files, or of ${STATEMENTS}, one after the other. What exists is left as it is, so it may be run again.`,
    )
    .argument('[file...]', 'files of CREATE … IF NOT EXISTS statements')
    .addHelpText('after', examples('fluxo ksql apply', 'fluxo ksql apply my-tables.sql'))
    .action(async (files: readonly string[]) => {
      const scripts = await readScripts(files.length > 0 ? files : await ourFiles(terminal));
      await withServer(terminal, (server) => apply(server, scripts, terminal));
    });
}

function addQuery(group: Command, terminal: Terminal): void {
  group
    .command('query')
    .summary('ask a table with a pull query')
    .description('Prints the rows that a pull query has now.')
    .argument('<sql>', 'a SELECT without EMIT CHANGES')
    .option('--json', 'print them as JSON: {"columns", "rows"}')
    .addHelpText(
      'after',
      examples('fluxo ksql query "SELECT * FROM network_totals WHERE currency = \'BRL\'"'),
    )
    .action(async (sql: string, options: { readonly json?: true }) => {
      const query = pullQueryOf(sql);
      await withServer(terminal, (server) => ask(server, { query, asJson: options.json === true }, terminal));
    });
}

async function withServer(terminal: Terminal, work: (server: KsqlServer) => Promise<void>): Promise<void> {
  const server = await KsqldbClientServer.connect(terminal.env['FLUXO_KSQLDB'] ?? KSQLDB_DEFAULT);
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

async function ourFiles(terminal: Terminal): Promise<readonly string[]> {
  const folder = join(placeOf(terminal.env).checkout, STATEMENTS);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql'));
  return files.toSorted().map((file) => join(folder, file));
}

type Placed = KsqlStatement & { readonly file: string };

/** Reads all of them before anything is sent. */
async function readScripts(files: readonly string[]): Promise<readonly Placed[]> {
  const scripts = await Promise.all(
    files.map(async (file) =>
      parseScript(file, await readOrExplain(file)).map((each) => ({ ...each, file })),
    ),
  );
  return scripts.flat();
}

async function readOrExplain(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError('bad-input', `${file} cannot be read (${messageOf(error)}). Nothing was sent.`);
  }
}

async function apply(server: KsqlServer, statements: readonly Placed[], terminal: Terminal): Promise<void> {
  const out = new ResultWriter(terminal.stdout);
  for (const [index, { name, text, settings, file }] of statements.entries()) {
    terminal.signal.throwIfAborted();
    const place = `${index + 1} of ${statements.length}, ${name} in ${basename(file)}`;
    note(terminal, `fluxo: statement ${place}`);
    const { kind, message } = await server.execute(text, settings);
    if (kind === 'refused')
      throw new CliError(
        'stack-failed',
        `ksqlDB refused statement ${place}: ${message}\n` +
          'What stands before it is made, what stands behind it is not. When the reason is gone, run the same command again.',
      );
    await out.lines([`${name}: ${kind === 'exists' ? 'exists, left as it is' : message}`]);
  }
}

function pullQueryOf(sql: string): string {
  if (/\bEMIT\s+CHANGES\b/i.test(sql))
    throw new CliError(
      'usage',
      'This is a push query, which never ends; here only pull queries are asked. Leave EMIT CHANGES out, or use the ksql program of ksqlDB.',
    );
  return sql.trim().endsWith(';') ? sql : `${sql};`;
}

type Question = { readonly query: string; readonly asJson: boolean };

async function ask(server: KsqlServer, { query, asJson }: Question, terminal: Terminal): Promise<void> {
  const answer = await server.pull(query);
  if (answer.kind === 'refused')
    throw new CliError(
      'stack-failed',
      `ksqlDB did not answer the query: ${answer.message}\nNo rows are shown, because some may be missing.`,
    );
  const { columns, rows } = answer;
  const out = new ResultWriter(terminal.stdout);
  if (asJson) await out.json({ columns, rows });
  else await out.lines(tableOf([columns, ...rows.map((row) => row.map(cellOf))], columns.length));
}

function cellOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
