/**
 * The port to ksqlDB by way of ksqldb-client 1.0.5, which gets only what it does safely (decision 0028). Statements and pull queries are
 * parsed when their whole body has arrived, however it was cut on the way; push queries, which it parses piece by piece and which end
 * the process when a row is split or two are joined, are not asked through it. It sends no credentials, whatever it is given.
 */
import ksqldbClient, { type Response } from 'ksqldb-client';
import { CliError, messageOf } from '../cli-error.ts';
import { isListening } from '../stack-connection.ts';
import type { KsqlServer, KsqlSettings, PullAnswer, StatementAnswer } from './ksql-server.ts';
import { keepWholeAnswers, type WholeAnswer } from './whole-answers.ts';

/** The types of the package say `export default`, the package is the class itself. */
const KsqldbClient = ksqldbClient as unknown as typeof ksqldbClient.default;

/** A query that aggregates a long ledger takes a while to be set up; the server itself waits five seconds and then says "queued". */
const ANSWER_WITHIN_MS = 60_000;

/** How the client words an answer of status 200 that has no command in it; what the server said follows. */
const WITHOUT_COMMAND = 'Unexpected server response type. Response: ';

type Entity = {
  readonly '@type'?: string;
  readonly message?: string;
  readonly commandStatus?: { readonly status: string; readonly message: string };
};

export class KsqldbClientServer implements KsqlServer {
  readonly #url: URL;
  readonly #client: InstanceType<typeof KsqldbClient>;

  private constructor(url: URL) {
    this.#url = url;
    const host = `${url.protocol}//${url.hostname}`;
    this.#client = new KsqldbClient({ host, port: portOf(url), timeout: ANSWER_WITHIN_MS });
  }

  /** Connects to `http://host:port`. Fails with `stack-failed` if nobody answers there. */
  static async connect(address: string): Promise<KsqldbClientServer> {
    const url = demandUrl(address);
    // Asked first, because the client writes its own complaint to standard error.
    if (!(await isListening(url.hostname, portOf(url)))) throw noAnswer(url, 'nothing listens there');
    keepWholeAnswers();
    const server = new KsqldbClientServer(url);
    await server.#answered(server.#client.connect());
    return server;
  }

  async execute(statement: string, settings: KsqlSettings): Promise<StatementAnswer> {
    try {
      const answer = await this.#answered(
        this.#client.executeStatement(statement, { streamsProperties: { ...settings } }),
      );
      return answer.status === 200 ? done(answer) : refused(answer);
    } catch (error) {
      const entity = entityIn(error);
      // IF NOT EXISTS: a warning in place of a command, which the client takes for a failure.
      if (entity?.['@type'] === 'warning_entity') return { kind: 'exists', message: entity.message ?? '' };
      throw error;
    }
  }

  async pull(query: string): Promise<PullAnswer> {
    const answer = await this.#answered(this.#client.query(query));
    if (answer.status !== 200) return refused(answer);
    const { metadata, list } = answer.data as unknown as WholeAnswer;
    const failure = list.find((element) => !Array.isArray(element)) as Entity | undefined;
    if (failure !== undefined)
      return {
        kind: 'refused',
        message: `it failed half-way: ${failure.message ?? JSON.stringify(failure)}`,
      };
    const rows = list as readonly (readonly unknown[])[];
    demandExact(rows);
    return { kind: 'rows', columns: metadata.columnNames, rows };
  }

  async close(): Promise<void> {
    await this.#client.disconnect();
  }

  /** The client waits for ever for an answer that breaks off, so there is a limit. */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    const limit = Promise.withResolvers<never>();
    const fail = () =>
      limit.reject(noAnswer(this.#url, `no whole answer within ${ANSWER_WITHIN_MS / 1_000} s`));
    const timer = setTimeout(fail, ANSWER_WITHIN_MS);
    try {
      return await Promise.race([answer, limit.promise]);
    } catch (error) {
      throw error instanceof CliError ? error : noAnswer(this.#url, messageOf(error), error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function done({ data }: Response): StatementAnswer {
  const [entity] = (data?.rows ?? []) as readonly Entity[];
  const { status = 'UNKNOWN', message = '' } = entity?.commandStatus ?? {};
  return { kind: status === 'ERROR' ? 'refused' : 'done', message: `${message} (${status.toLowerCase()})` };
}

function refused({ status, error }: Response): { kind: 'refused'; message: string } {
  return { kind: 'refused', message: (error as Entity | undefined)?.message ?? `HTTP status ${status}` };
}

/** What the server said in an answer that the client has no place for; undefined if the error is none of these. */
function entityIn(error: unknown): Entity | undefined {
  const text = error instanceof Error ? messageOf(error.cause) : '';
  return text.startsWith(WITHOUT_COMMAND)
    ? (JSON.parse(text.slice(WITHOUT_COMMAND.length)) as Entity)
    : undefined;
}

/** JSON numbers beyond 2^53 − 1 were rounded when they were parsed: a sum over a network may be one. */
function demandExact(values: unknown): void {
  if (typeof values === 'number' && Number.isInteger(values) && !Number.isSafeInteger(values))
    throw new CliError(
      'stack-failed',
      `The answer has a whole number beyond 2^53 - 1 (about ${values}), which this program cannot show exactly, so it shows nothing. ` +
        'Ask for it as text: CAST(the_column AS VARCHAR).',
    );
  if (typeof values === 'object' && values !== null)
    for (const value of Object.values(values)) demandExact(value);
}

function portOf({ protocol, port }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function demandUrl(address: string): URL {
  const url = URL.parse(address);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new CliError(
    'usage',
    `${JSON.stringify(address)} is no address of a ksqlDB server: FLUXO_KSQLDB has the form http://host:8088.`,
  );
}

function noAnswer({ origin }: URL, why: string, cause?: unknown): CliError {
  return new CliError(
    'stack-failed',
    `No answer that can be used comes from a ksqlDB at ${origin} (${why}).\n` +
      'Start one (`docker compose --profile ksqldb up --wait ksqldb`), or name yours with FLUXO_KSQLDB=http://host:8088.',
    { cause },
  );
}
