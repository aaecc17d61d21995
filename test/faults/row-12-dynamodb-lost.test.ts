/**
 * Row 12 (and 8) of reliability.md section 3: while tills sell, one of two DynamoDB sinks is stopped for longer than its session and woken,
 * the other one is killed, and then the table is lost with its server. What stands in the table afterwards is what the topics hold, as
 * the audit sees it. Needs Kafka, the registry, Redis, Postgres, DynamoDB and all processes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { fluxo } from '../../testing/fluxo-command.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

jest.setTimeout(3_600_000);

const ROUNDS = scaled({ quick: 1, short: 1, long: 20 });
const SELLING_MS = 5_000;
/** Twice as long as a member of a group may be silent. */
const ASLEEP_MS = 12_000;

const hits = new Hits(12, ['sink stopped and woken', 'sink killed', 'table lost']);
let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ hasDynamodb: true, hasSimulator: true, sinks: 2 });
}, 300_000);
afterAll(async () => stack?.destroy(), 120_000);

async function expectEqual(): Promise<void> {
  const env = { ...stack.env, FLUXO_DYNAMODB: stack.addresses.dynamodb };
  await fluxo(['wait', '--timeout', '300'], env);
  const verdict = await fluxo(['audit', '--timeout', '300'], env);
  expect(verdict).toMatch(/[1-9][\d,]* documents in DynamoDB/);
  expect(verdict).toMatch(/^0 differences/m);
}

test(`${ROUNDS} times: a zombie, a killed sink and a lost table leave the view equal to the topics`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await stack.start('simulator');
    await sleep(SELLING_MS);
    await stack.kill('sink-dynamodb-1', 'SIGSTOP');
    await sleep(ASLEEP_MS);
    await stack.kill('sink-dynamodb-1', 'SIGCONT');
    hits.count('sink stopped and woken');
    await stack.kill('sink-dynamodb-2');
    hits.count('sink killed');
    await sleep(SELLING_MS);
    await stack.start('sink-dynamodb-1', 'sink-dynamodb-2');
    await stack.stop('simulator');
    await expectEqual();

    await stack.kill('dynamodb');
    await stack.start('dynamodb', 'provision-dynamodb');
    hits.count('table lost');
    await expectEqual();
  }
  hits.demandAll();
});
