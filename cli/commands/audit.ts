/**
 * `fluxo audit`: the system's own judge on the command line. It recounts everything from the submissions (`@fluxo/audit`), compares
 * topics and views key by key, and says what differs. Exit code 0: everything equal; 1: differences, each one named; 2: it could
 * not run, or not look at everything, and why.
 */
import { type AuditOptions, type AuditResult, audit, KafkaLogs } from '@fluxo/audit';
import { ZONE_NAMES } from '@fluxo/domain';
import { topics } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples, merchantIdNamed, wholeNumber } from '../arguments.ts';
import { auditText, toAuditJson, unreadableIn } from '../audit-report.ts';
import { watchAudit } from '../audit-watch.ts';
import { CliError, messageOf } from '../cli-error.ts';
import { countOf, type Progress, startProgress } from '../progress.ts';
import { ResultWriter } from '../result-writer.ts';
import { StackKafka } from '../stack-connection.ts';
import { note, type Terminal } from '../terminal.ts';
import { apiView, storeViews } from '../views.ts';

const TIMEOUT_DEFAULT_S = 60;
const SECONDS_MAX = 86_400;
const EVERY_DEFAULT_S = 60;
const PORT_MAX = 65_535;
const PARTITION_MAX = 9_999;

type Options = {
  readonly partition?: number;
  readonly merchant?: string;
  readonly timeout: number;
  readonly json?: true;
  readonly watch?: true;
  readonly every: number;
  readonly port?: number;
};

export function addAudit(program: Command, terminal: Terminal): void {
  program
    .command('audit')
    .summary('recount everything from the submissions and compare topics and views with it')
    .description(
      'Recounts the ledger, the balances, the merchants and the rejections from the submissions the processor has taken, with nothing of the ' +
        'processor’s own code, and compares the topics, Redis, Postgres, DynamoDB (where FLUXO_DYNAMODB names one) and the query API key by key, both ways. The system may be running. ' +
        'Exit code 1 if anything differs, each difference named; 2 if it could not run or not look at everything.',
    )
    .option('--partition <number>', 'only this partition', wholeNumber({ from: 0, to: PARTITION_MAX }))
    .option('--merchant <id>', 'only this merchant', merchantIdNamed)
    .option(
      '--timeout <seconds>',
      'how long to wait for a view that lags',
      wholeNumber({ from: 0, to: SECONDS_MAX }),
      TIMEOUT_DEFAULT_S,
    )
    .option('--json', 'print the verdict as JSON')
    .option('--watch', 'go on, round after round, until Ctrl-C')
    .option(
      '--every <seconds>',
      'with --watch: from the start of a round to the start of the next',
      wholeNumber({ from: 1, to: SECONDS_MAX }),
      EVERY_DEFAULT_S,
    )
    .option(
      '--port <number>',
      'with --watch: serve /metrics here (FLUXO_HTTP_PORT)',
      wholeNumber({ from: 1, to: PORT_MAX }),
    )
    .addHelpText(
      'after',
      examples(
        'fluxo wait && fluxo audit',
        'fluxo audit --merchant sim-0001',
        'fluxo audit --watch --port 9000',
      ),
    )
    .action((options: Options) => run(options, terminal));
}

async function run(options: Options, terminal: Terminal): Promise<void> {
  if (options.partition !== undefined && options.merchant !== undefined)
    throw new CliError(
      'usage',
      'Name a partition or a merchant, not both: a merchant stands in one partition.',
    );
  if (options.watch !== true) {
    await report(await judged(options, terminal), options, terminal);
    return;
  }
  await watchAudit(() => judged(options, terminal), {
    terminal,
    everyMs: options.every * 1_000,
    port: options.port ?? Number(terminal.env['FLUXO_HTTP_PORT'] ?? 0),
  });
}

/** One round. Fails with `cannot-judge` for whatever keeps it from running. */
async function judged(options: Options, terminal: Terminal): Promise<AuditResult> {
  const progress = startProgress(terminal, { label: 'audit', total: null });
  try {
    return await StackKafka.use(terminal, (kafka) => judge(kafka, options, { terminal, progress }));
  } catch (error) {
    if (terminal.signal.aborted || (error instanceof CliError && error.code === 'usage')) throw error;
    throw new CliError('cannot-judge', `The audit could not run. ${messageOf(error)}`, { cause: error });
  } finally {
    progress.stop();
  }
}

async function judge(
  kafka: StackKafka,
  options: Options,
  { terminal, progress }: { readonly terminal: Terminal; readonly progress: Progress },
): Promise<AuditResult> {
  const codecs = {
    submissions: await kafka.codecOf(topics.submissions),
    ledger: await kafka.codecOf(topics.ledger),
    dailyBalances: await kafka.codecOf(topics.dailyBalances),
    merchants: await kafka.codecOf(topics.merchants),
    rejections: await kafka.codecOf(topics.rejections),
  };
  const partitions = await kafka.partitionsOf(topics.submissions);
  if ((options.partition ?? 0) >= partitions)
    throw new CliError('usage', `There are ${partitions} partitions, 0 to ${partitions - 1}.`);
  const views = [...storeViews(terminal, { codecs, partitions }), apiView(terminal)];
  try {
    return await audit({
      logs: new KafkaLogs(kafka.cluster),
      codecs,
      zoneNames: new Set(ZONE_NAMES),
      views,
      scope: scopeOf(options),
      timeoutMs: options.timeout * 1_000,
      signal: terminal.signal,
      now: Date.now,
      onProgress: ({ partition, done, total }) =>
        progress.show({
          done,
          count: `partition ${partition} of ${partitions}: ${done} of ${countOf(total, 'offset')}`,
        }),
    });
  } finally {
    for (const view of views) await view.close();
  }
}

function scopeOf({ partition, merchant }: Options): AuditOptions['scope'] {
  if (merchant !== undefined) return { kind: 'merchant', merchantId: merchant };
  return partition === undefined ? { kind: 'everything' } : { kind: 'partition', partition };
}

/** Prints the verdict. Fails with `differences`, or with `cannot-judge` for a view or a partition it could not look at. */
async function report(result: AuditResult, options: Options, terminal: Terminal): Promise<void> {
  const out = new ResultWriter(terminal.stdout);
  if (options.json === true) await out.json(toAuditJson(result));
  else await out.lines(auditText(result));
  const reasons = result.views.flatMap((view) => (view.kind === 'not-judged' ? [view.reason] : []));
  reasons.push(
    ...unreadableIn(result).map(([name, reason]) => `The audit could not judge ${name}. ${reason}`),
  );
  const { count } = result.differences;
  if (options.merchant !== undefined && result.counts.submissions === 0)
    reasons.push(unknownMerchant(options.merchant));
  if (count > 0) {
    for (const reason of reasons) note(terminal, `fluxo: ${reason}`);
    throw new CliError('differences', `The audit found ${countOf(count, 'difference')}.`);
  }
  if (reasons.length > 0) throw new CliError('cannot-judge', reasons.join('\n'));
}

function unknownMerchant(merchantId: string): string {
  return (
    `The processor has taken no submission of merchant ${merchantId}, so there was nothing to judge. ` +
    'Is the id right, and has it been processed (`fluxo wait`)?'
  );
}
