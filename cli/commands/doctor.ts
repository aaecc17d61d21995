/**
 * `fluxo doctor`: asks everything Fluxo depends on and says, line by line, what is well, what is not and what to do about it. It changes
 * nothing. Exit code 0 if nothing fails (warnings are no failure), 1 if something does.
 */
import { topics } from '@fluxo/schemas';
import type { Command } from 'commander';
import { examples } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type Check, type Diagnosis, diagnose } from '../doctor/check.ts';
import { kafkaChecks, registryCheck } from '../doctor/kafka-checks.ts';
import { brokerClockCheck, diskCheck, processCheck } from '../doctor/machine-checks.ts';
import { storeChecks } from '../doctor/store-checks.ts';
import { countOf } from '../progress.ts';
import { ResultWriter } from '../result-writer.ts';
import { addressesOf, StackKafka } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';

const NAME_COLUMNS = 16;

export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .summary('check everything Fluxo depends on, and say what to do')
    .description(
      'Looks at the brokers, the topics, the schemas, the lag of every group, Redis, Postgres with its migrations and roles, DynamoDB where ' +
        'FLUXO_DYNAMODB names one, the processes, the disk and the clocks. Changes nothing. Exit code 1 if something fails; warnings are no failure.',
    )
    .option('--json', 'print the diagnosis as JSON')
    .addHelpText(
      'after',
      examples('fluxo doctor', 'fluxo doctor --json | jq \'.[] | select(.state != "ok")\''),
    )
    .action((options: { readonly json?: true }) => examine(options.json === true, terminal));
}

async function examine(asJson: boolean, terminal: Terminal): Promise<void> {
  const out = new ResultWriter(terminal.stdout);
  const all: Diagnosis[] = [];
  for (const check of await checksOf(terminal)) {
    terminal.signal.throwIfAborted();
    const found = await diagnose(check);
    all.push(...found);
    if (!asJson) await out.lines(found.flatMap(diagnosisText));
  }
  if (asJson) await out.json(all.map(({ check, verdict }) => ({ check, ...verdict })));
  const failures = all.filter(({ verdict }) => verdict.state === 'fail');
  if (failures.length > 0)
    throw new CliError('differences', `${countOf(failures.length, 'check')} failed: begin with the first.`);
}

/** In the order in which trouble should be mended. */
async function checksOf(terminal: Terminal): Promise<readonly Check[]> {
  const addresses = addressesOf(terminal);
  const partitions = await StackKafka.use(terminal, (kafka) => kafka.partitionsOf(topics.submissions)).catch(
    () => null,
  );
  const [broker, ...others] = kafkaChecks(terminal) as [Check, ...Check[]];
  const behindKafka = partitions === null ? [] : [...others, brokerClockCheck(terminal)];
  return [
    diskCheck(terminal),
    broker,
    registryCheck(addresses.registry),
    ...behindKafka,
    ...(await storeChecks(terminal, partitions)),
    processCheck(terminal),
  ];
}

/** `ok    Kafka            answers at …`, and what to do on a line of its own. */
export function diagnosisText({ check, verdict }: Diagnosis): readonly string[] {
  const line = `${verdict.state.padEnd(4)}  ${check.padEnd(NAME_COLUMNS)}  ${verdict.found}`;
  return verdict.state === 'ok' ? [line] : [line, `${' '.repeat(NAME_COLUMNS + 8)}→ ${verdict.advice}`];
}
