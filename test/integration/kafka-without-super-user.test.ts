/**
 * A Kafka as MSK has it: users with passwords, nobody a super user but the brokers, and everybody may do everything with what no rule is about.
 * The first who provisions closes it to all but those whom the table lets in, and can come again. Needs Kafka, natively.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BrokerAccess,
  brokerAccess,
  createTopics,
  grantAccess,
  Secret,
  setPasswords,
} from '@fluxo/kafka';
import { allTopics, principals } from '@fluxo/schemas';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { kafkaEnvironment, passwordOf } from '../../stack/secured/secrets.ts';
import { prepareKafka } from '../../stack/servers/kafka.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { expectedOf, type Principal, permitted, topicIds } from './secured-scene.ts';

jest.setTimeout(300_000);

const names = Object.keys(principals) as (keyof typeof principals)[];
const OPEN = 'allow.everyone.if.no.acl.found=true';

let stack: TestStack;
let broker: ChildProcess;
let provision: BrokerAccess;
beforeAll(async () => {
  stack = await startStack({ only: ['kafka'], secured: true });
  const { place } = stack;
  const admin = brokerAccess(place.addresses.kafka, kafkaEnvironment(place, 'fluxo-admin'));
  // MSK has users before anybody comes; which password this one has is of no matter.
  const password = new Secret('of-a-test');
  await setPasswords(
    admin,
    new Map([
      ...names.map((name) => [name, new Secret(passwordOf(place, name))] as const),
      ['provision', password],
    ]),
  );
  provision = { ...admin, security: { ...admin.security, user: 'provision', password } as never };
  await stack.stop('kafka');
  broker = startedOpen();
  while (!(await answers(admin))) await sleep(200);
});
afterAll(async () => {
  broker?.kill('SIGKILL');
  await stack?.destroy();
});

/** The same broker with the same data, which refuses only what a rule is about. */
function startedOpen(): ChildProcess {
  const { program, args, workingFolder } = prepareKafka(stack.place);
  const file = args.at(-1) as string;
  const properties = readFileSync(file, 'utf8').replace(/^allow\.everyone.*$/m, OPEN);
  expect(properties).toContain(OPEN);
  writeFileSync(file, properties);
  const started = spawn(program, args, { cwd: workingFolder, stdio: 'ignore' });
  process.once('exit', () => started.kill('SIGKILL'));
  return started;
}

async function answers(access: BrokerAccess): Promise<boolean> {
  return createTopics({ ...access, topics: [] }).then(
    () => true,
    () => false,
  );
}

const rights = async (name: Principal) => permitted(stack, name, await topicIds(stack));

test('before, a till reads the ledger, and does whatever else there is to do', async () => {
  await createTopics({ ...provision, topics: allTopics });
  const deeds = await rights('till');
  for (const { name } of allTopics)
    expect(deeds).toEqual(expect.arrayContaining([`read ${name}`, `write ${name}`]));
});

test('then everybody may do what stands in the table, and nothing else', async () => {
  expect(await grantAccess(provision)).toMatchObject({ removed: 0 });
  for (const name of names) expect([name, await rights(name)]).toEqual([name, expectedOf(principals[name])]);
});

test('nobody else can give rights now, and who provisions can again', async () => {
  const till = brokerAccess(stack.addresses.kafka, kafkaEnvironment(stack.place, 'till'));
  await expect(grantAccess(till)).rejects.toThrow(/could not be set/);
  await expect(
    createTopics({ ...till, topics: allTopics.map((topic) => ({ ...topic, name: 'x' })) }),
  ).rejects.toThrow();
  expect(await createTopics({ ...provision, topics: allTopics })).toEqual([]);
  expect(await grantAccess(provision)).toEqual({ added: 0, removed: 0 });
});
