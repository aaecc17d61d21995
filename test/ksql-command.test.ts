/** `fluxo ksql` against a server that answers as ksqlDB's documentation says, its bodies cut and joined as a network may. Needs no ksqlDB. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { captureTerminal } from '../cli/captured-terminal.ts';
import { runCli } from '../cli/run-cli.ts';
import {
  created,
  joined,
  KsqldbStub,
  refusal,
  rowByRow,
  type StubAnswer,
  type StubRequest,
  split,
  warning,
} from '../testing/ksqldb-stub.ts';

let stub: KsqldbStub | undefined;
afterEach(async () => {
  await stub?.close();
  stub = undefined;
});

async function fluxo(args: readonly string[], answer: (request: StubRequest) => StubAnswer) {
  stub = await KsqldbStub.start(answer);
  const terminal = captureTerminal({ env: { FLUXO_KSQLDB: stub.url } });
  const status = await runCli(['ksql', ...args], terminal);
  return { status, output: terminal.output(), errors: terminal.errors(), requests: stub.requests };
}

const columns = { queryId: null, columnNames: ['NAME', 'CREDITSMINOR'], columnTypes: ['STRING', 'BIGINT'] };
const rows = [
  ['Padaria São João – nº 1', 9_007_199_254_740_991],
  ['Açougue', -1],
  [null, 0],
];
const query = ['query', 'SELECT name, creditsMinor FROM t', '--json'] as const;

describe('fluxo ksql query', () => {
  test.each([
    ['joined in one piece', joined],
    ['split within rows and letters', split],
    ['row by row', rowByRow],
  ])('rows %s come out whole', async (_, send) => {
    const { status, output, requests } = await fluxo(query, () => send([columns, ...rows]));
    expect([status, JSON.parse(output)]).toEqual([0, { columns: columns.columnNames, rows }]);
    expect(requests).toEqual([{ path: '/query-stream', body: { sql: 'SELECT name, creditsMinor FROM t;' } }]);
  });

  test('no rows are an answer, shown as a table with nothing in it', async () => {
    const { status, output } = await fluxo(['query', 'SELECT 1;'], () => joined([columns]));
    expect([status, output]).toEqual([0, 'NAME  CREDITSMINOR\n']);
  });

  test('an answer that fails half-way shows no row', async () => {
    const failure = { '@type': 'generic_error', error_code: 50000, message: 'partition 3 is not available' };
    const { status, output, errors } = await fluxo(query, () => rowByRow([columns, ...rows, failure]));
    expect([status, output]).toEqual([1, '']);
    expect(errors).toContain('it failed half-way: partition 3 is not available');
  });

  test('a sum beyond 2^53 - 1 is not shown rounded', async () => {
    const body = `[${JSON.stringify(columns)},["all",9007199254740993]]`;
    const { status, output, errors } = await fluxo(query, () => ({ status: 200, pieces: [body] }));
    expect([status, output]).toEqual([1, '']);
    expect(errors).toContain('CAST(the_column AS VARCHAR)');
  });

  test('what the server refuses is said in its words', async () => {
    const { status, errors } = await fluxo(query, () => refusal('T does not exist.'));
    expect([status, errors]).toEqual([1, expect.stringContaining('T does not exist.')]);
  });

  test.each([
    ['breaks off in a row', { status: 200, pieces: ['[{"columnNames":["A"]},["x'] }],
    ['never begins', { status: 'cut' }],
    ['is no JSON', { status: 502, pieces: ['<html>Bad gateway</html>'] }],
  ] as const)('an answer that %s is a failure, and the process goes on', async (_, answer) => {
    const { status, output, errors } = await fluxo(query, () => answer);
    expect([status, output]).toEqual([1, '']);
    expect(errors).toContain('No answer that can be used comes from a ksqlDB at http://127.0.0.1:');
  });

  test('a push query is not sent', async () => {
    const { status, errors, requests } = await fluxo(['query', 'SELECT * FROM t emit  changes;'], () =>
      joined([]),
    );
    expect([status, requests]).toEqual([2, []]);
    expect(errors).toContain('never ends');
  });

  test('nobody there is said at once', async () => {
    const terminal = captureTerminal({ env: { FLUXO_KSQLDB: 'http://127.0.0.1:1' } });
    expect(await runCli(['ksql', ...query], terminal)).toBe(1);
    expect(terminal.errors()).toContain('from a ksqlDB at http://127.0.0.1:1 (nothing listens there)');
  });
});

describe('fluxo ksql apply', () => {
  const statementsIn = (requests: readonly StubRequest[]) => requests.map(({ body }) => String(body['ksql']));

  test('sends the statements one by one with their settings, and says what became of each', async () => {
    const { status, output, errors, requests } = await fluxo(['apply'], () => created('Table created'));
    expect([status, output.split('\n')]).toEqual([
      0,
      [
        'daily_balances: Table created (success)',
        'merchants: Table created (success)',
        'ledger: Table created (success)',
        'network_totals: Table created (success)',
        'late_entries: Table created (success)',
        '',
      ],
    ]);
    expect(errors).toContain('statement 5 of 5, late_entries in 03-late-entries.sql');
    for (const { path, body } of requests)
      expect([path, body['streamsProperties']]).toEqual([
        '/ksql',
        { 'auto.offset.reset': 'earliest', 'processing.guarantee': 'exactly_once_v2' },
      ]);
    for (const text of statementsIn(requests)) expect(text).toMatch(/^CREATE [^;]*;$/);
  });

  test('a second time changes nothing and is no failure', async () => {
    const { status, output } = await fluxo(['apply'], () =>
      warning('Cannot add table `T`: A table with the same name already exists.'),
    );
    expect([status, output.split('\n')[0]]).toEqual([0, 'daily_balances: exists, left as it is']);
  });

  test('a statement that is refused ends it, with the words of the server', async () => {
    const { status, output, errors, requests } = await fluxo(['apply'], ({ body }) =>
      String(body['ksql']).includes('SOURCE TABLE IF NOT EXISTS merchants')
        ? refusal("Topic 'cash.merchants.v1' does not exist")
        : created('Table created'),
    );
    expect([status, output, requests.length]).toEqual([1, 'daily_balances: Table created (success)\n', 2]);
    expect(errors).toContain(
      "statement 2 of 5, merchants in 01-tables.sql: Topic 'cash.merchants.v1' does not exist",
    );
  });

  test('a command that failed on the server is a refusal, although its status is 200', async () => {
    const answer = [
      {
        commandId: 'c',
        commandSequenceNumber: 1,
        commandStatus: { status: 'ERROR', message: 'no such topic' },
      },
    ];
    const { status, errors } = await fluxo(['apply'], () => split(answer));
    expect([status, errors]).toEqual([1, expect.stringContaining('no such topic')]);
  });
});
