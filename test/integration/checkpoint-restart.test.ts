/**
 * A processor with checkpoints, as a process on real servers: a restart takes the ids it has to remember from its own disk, one that
 * was killed as well; what somebody has damaged there is not trusted; and whatever it began with, the audit finds nothing.
 */
import { readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder, logFile } from '@fluxo/stack';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fluxo } from '../../testing/fluxo-command.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';

jest.setTimeout(180_000);

type LogLine = {
  readonly msg: string;
  readonly partition: number;
  readonly records: number;
  readonly position: number;
  readonly checkpointPosition: number | null;
};

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ only: decidingServices });
});
afterAll(() => stack?.destroy());

const folder = (): string => dataFolder(stack.place, 'checkpoints');
const files = (): string[] => readdirSync(folder()).toSorted();
const sell = (): Promise<string> =>
  fluxo(['simulate', '--merchants', '40', '--rate', '400', '--for', '2'], stack.env);

/** What the processor has said since it had said so much. */
function said(since: number): LogLine[] {
  const lines = readFileSync(logFile(stack.place, 'streams-1'), 'utf8').slice(since).split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
}

const saidSoFar = (): number => readFileSync(logFile(stack.place, 'streams-1'), 'utf8').length;

/** Ends the processor, lets this happen and starts it again; what it says while it restores. */
async function restart(end: 'stop' | 'kill', meanwhile = (): void => {}): Promise<LogLine[]> {
  await stack[end]('streams-1');
  meanwhile();
  const since = saidSoFar();
  await stack.start('streams-1');
  await fluxo(['wait'], stack.env);
  return said(since);
}

const restored = (lines: readonly LogLine[]): LogLine[] =>
  lines.filter(({ msg, position }) => msg === 'restored' && position > 0);

async function expectNoDifference(): Promise<void> {
  const verdict: unknown = JSON.parse(await fluxo(['audit', '--json'], stack.env));
  expect(verdict).toMatchObject({ differences: 0, named: [] });
}

describe('a processor that is started again', () => {
  test('after a clean end begins where it ended', async () => {
    await sell();
    await fluxo(['wait'], stack.env);
    const partitions = restored(await restart('stop'));
    expect(partitions.length).toBeGreaterThan(5);
    for (const { position, checkpointPosition } of partitions) expect(checkpointPosition).toBe(position);
    await expectNoDifference();
  });

  test('after a kill begins with what it had written down, and reads the rest', async () => {
    await sell();
    const selling = sell();
    const partitions = restored(await restart('kill'));
    await selling;
    await fluxo(['wait'], stack.env);
    expect(partitions.filter(({ checkpointPosition }) => checkpointPosition !== null).length).toBeGreaterThan(
      5,
    );
    expect(partitions.some(({ position, checkpointPosition }) => position > (checkpointPosition ?? 0))).toBe(
      true,
    );
    await expectNoDifference();
  });

  test('trusts no file that was cut', async () => {
    await sell();
    const lines = await restart('stop', () => {
      for (const name of files())
        truncateSync(join(folder(), name), statSync(join(folder(), name)).size >> 1);
    });
    const refused = lines.filter(({ msg }) => msg.startsWith('the checkpoint is not trusted'));
    expect(refused.length).toBeGreaterThan(5);
    for (const { checkpointPosition } of restored(lines)) expect(checkpointPosition).toBeNull();
    await sell();
    await fluxo(['wait'], stack.env);
    await expectNoDifference();
  });

  test('needs none of them', async () => {
    const lines = await restart('stop', () => rmSync(folder(), { recursive: true }));
    for (const { checkpointPosition } of restored(lines)) expect(checkpointPosition).toBeNull();
    await expectNoDifference();
  });
});
