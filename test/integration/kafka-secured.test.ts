/**
 * `npm start -- --secure`: a whole stack in which Kafka knows who comes, by TLS and password, and Redis too. It works, entry to balance to
 * audit; and everybody may do what stands in the table of principals and nothing else. Needs everything a whole stack needs, natively.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import { brokerAccess, Cluster, IdempotentProducer, Secret, type Security } from '@fluxo/kafka';
import { principals, topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { rememberedNames } from '../../stack/native-process.ts';
import { addressesFor, certificateFile, kafkaEnvironment, passwordOf } from '../../stack/secured/secrets.ts';
import { EntriesClient } from '../../testing/entries-client.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import { openShops } from '../../testing/shops.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { expectedOf, type Principal, permitted, topicIds } from './secured-scene.ts';

jest.setTimeout(300_000);

const names = Object.keys(principals) as (keyof typeof principals)[];
const { submissions, ledger, dailyBalances, merchants, rejections } = topics;

let stack: TestStack;
let security: Security;
beforeAll(async () => {
  stack = await startStack({ secured: true, hasDynamodb: true });
  const { security: tillSecurity } = brokerAccess('unused:1', kafkaEnvironment(stack.place, 'till'));
  security = tillSecurity as Security;
});
const opened: { close: () => unknown }[] = [];
afterAll(async () => {
  for (const each of opened) each.close();
  await stack?.destroy();
});

describe('everybody does his work', () => {
  test('what is entered at a till and over HTTP is served, and the audit finds 0 differences', async () => {
    await openShops(stack);
    const client = new EntriesClient(stack.addresses.entriesApi);
    await client.configure('m-secured');
    for (let count = 0; count < 5; count++) await client.enter('m-secured');
    expect(client.refused).toEqual([]);
    for (const id of client.accepted.get('m-secured') ?? [])
      while ((await client.stateOf('m-secured', id)) === 'accepted') await sleep(50);
    await fluxo(['wait'], stack.env);
    expect(await fluxo(['balance', 'm-secured'], stack.env)).toContain('0.05');
    const asAuditor = { ...stack.env, ...kafkaEnvironment(stack.place, 'auditor') };
    expect(JSON.parse(await fluxo(['audit', '--json'], asAuditor))).toMatchObject({ differences: 0 });
    expect(await fluxo(['doctor'], stack.env).catch(({ stdout }) => String(stdout))).toMatch(/^ok +topics/m);
  });

  test('the processor takes over again from what it has published, refusals among it', async () => {
    const client = new EntriesClient(stack.addresses.entriesApi);
    await client.enter('m-nobody-configured');
    await fluxo(['wait'], stack.env);
    expect(await fluxo(['rejections', 'list'], stack.env)).toContain('m-nobody-configured');
    await stack.kill('streams-1');
    await stack.start('streams-1');
    await client.enter('m-secured');
    expect(client.refused).toEqual([]);
    await fluxo(['wait'], stack.env);
    expect(await fluxo(['balance', 'm-secured'], stack.env)).toContain('0.06');
  });
});

/** As docs/data-teams.md and docs/till-vendors.md say: with plain kafkajs, the password of its user and the file of the authority. */
describe('a neighbour', () => {
  const comingAs = (username: 'data-team' | 'till') =>
    new Kafka({
      brokers: [stack.addresses.kafka],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      ssl: { ca: [readFileSync(certificateFile(stack.place, 'authority'), 'utf8')] },
      sasl: { mechanism: 'scram-sha-512', username, password: passwordOf(stack.place, username) },
    });

  /** The topics of which a record has been read; fails where the broker refuses. */
  async function readBy(consumer: Consumer, topicNames: readonly string[]): Promise<ReadonlySet<string>> {
    const read = new Set<string>();
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [...topicNames], fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
        const eachMessage = async ({ topic }: { topic: string }) => {
          if (read.add(topic).size === topicNames.length) resolve();
        };
        consumer.run({ eachMessage }).catch(reject);
      });
    } finally {
      await consumer.disconnect();
    }
    return read;
  }

  test('that is a data team reads what the processor has published, in a group of its own', async () => {
    const topicNames = [ledger.name, dailyBalances.name, merchants.name, rejections.name];
    const consumer = comingAs('data-team').consumer({ groupId: 'data-team-of-a-test' });
    expect(await readBy(consumer, topicNames)).toEqual(new Set(topicNames));
  });

  test('that is a till reads nothing, not even refusals: they hold what other vendors have sent', async () => {
    const consumer = comingAs('till').consumer({ groupId: 'data-team-of-a-till' });
    await expect(readBy(consumer, [rejections.name])).rejects.toThrow(/authorized/i);
  });
});

/** `fluxo` comes to Kafka as `operator` and to each store as who may change it there; a stack of this machine it finds by itself. */
describe('an operator', () => {
  const operating = () => ({ ...stack.env, FLUXO_DYNAMODB: stack.addresses.dynamodb });

  test('finds nothing that fails', async () => {
    const diagnosis = JSON.parse(await fluxo(['doctor', '--json'], stack.env)) as { state: string }[];
    expect(diagnosis.length).toBeGreaterThan(10);
    expect(diagnosis.filter(({ state }) => state === 'fail')).toEqual([]);
  });

  test.each(['redis', 'postgres', 'dynamodb'])('makes %s anew', async (store) => {
    expect(await fluxo(['rebuild', store], operating())).toMatch(/\d/);
    await fluxo(['wait'], operating());
    expect(JSON.parse(await fluxo(['audit', '--json'], operating()))).toMatchObject({ differences: 0 });
  });

  test('does nothing of it as somebody whose row says less', async () => {
    const asTill = { ...operating(), ...kafkaEnvironment(stack.place, 'till') };
    for (const store of ['redis', 'postgres', 'dynamodb'])
      await expect(fluxo(['rebuild', store], asTill)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/AUTHORIZATION/),
      });
    await expect(fluxo(['doctor'], asTill)).rejects.toMatchObject({
      stdout: expect.stringMatching(/AUTHORIZATION/),
    });
    expect(JSON.parse(await fluxo(['audit', '--json'], stack.env))).toMatchObject({ differences: 0 });
  });
});

describe('nobody does anything else', () => {
  const done = new Map<Principal, readonly string[]>();

  test.each(names)('%s: of everything there is to do, what its row says', async (name) => {
    done.set(name, await permitted(stack, name, await topicIds(stack)));
    expect(done.get(name)).toEqual(expectedOf(principals[name]));
  });

  /** Written down a second time on purpose: a slip in the table must not become the law. */
  test('whatever the table says', () => {
    const may = (name: Principal, deed: string) => done.get(name)?.includes(deed);
    for (const name of names) {
      if (name !== 'streams') expect(may(name, `write ${ledger.name}`)).toBe(false);
      if (!['till', 'outbox-relay', 'operations-api', 'operator'].includes(name))
        expect(may(name, `write ${submissions.name}`)).toBe(false);
      if (name !== 'streams') expect(may(name, 'join fluxo-streams')).toBe(false);
      expect(may(name, 'transact as nobody-tried')).toBe(false);
    }
    expect(done.get('query-api')?.filter((deed) => deed.startsWith('write'))).toEqual([]);
    expect(done.get('auditor')?.filter((deed) => /write|join|transact/.test(deed))).toEqual([]);
    expect(done.get('till')).toEqual([`write ${submissions.name}`]);
    expect(done.get('outbox-relay')).toEqual([`write ${submissions.name}`]);
    expect(done.get('data-team')).toEqual([
      'join data-team-tried',
      'look at data-team-tried',
      `read ${dailyBalances.name}`,
      `read ${ledger.name}`,
      `read ${merchants.name}`,
      `read ${rejections.name}`,
    ]);
    expect(may('sink-redis', `read ${ledger.name}`)).toBe(false);
  });

  test('a right granted by hand is withdrawn by the next provisioning', async () => {
    const row = principals.till as { reads: readonly unknown[] };
    const before = row.reads;
    const { grantAccess } = await import('../../kafka/access-admin.ts');
    const access = brokerAccess(stack.addresses.kafka, kafkaEnvironment(stack.place, 'fluxo-admin'));
    row.reads = [ledger];
    expect(await grantAccess(access)).toEqual({ added: 1, removed: 0 });
    row.reads = before;
    expect(await permitted(stack, 'till', await topicIds(stack))).toContain(`read ${ledger.name}`);
    await stack.start('provision');
    expect(await permitted(stack, 'till', await topicIds(stack))).not.toContain(`read ${ledger.name}`);
  });
});

describe('strangers', () => {
  const connectBy = (own: Security | null, broker = stack.addresses.kafka) =>
    Cluster.connect({ brokers: [broker], clientId: 'stranger', ...(own === null ? {} : { security: own }) });

  test('a wrong password is refused at once, by its reason, without the password', async () => {
    const wrong = { ...security, password: new Secret('canary-wrong-password') };
    const failure = (await connectBy(wrong).catch((error: unknown) => error)) as Error;
    expect(failure).toMatchObject({ code: 'refused' });
    expect(failure.message).toContain('does not let "till" in');
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('canary');
    const options = { brokers: [stack.addresses.kafka], security: wrong, clientId: 'stranger' };
    const sender = (await IdempotentProducer.connect(options).catch((error: unknown) => error)) as Error;
    expect(sender.message).toMatch(/SASL|authentication/i);
    expect(inspect(sender, { depth: 20, showHidden: true })).not.toContain('canary');
  });

  test('a broker by another name than its certificate bears, or of an authority nobody knows, is not believed; who speaks plainly is not answered', async () => {
    const [host = '', port = ''] = stack.addresses.kafka.split(':');
    const impostor = createServer((socket) => {
      const broker = connect(Number(port), host);
      socket.pipe(broker).pipe(socket);
      for (const end of [socket, broker]) end.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.2', resolve));
    const other = `127.0.0.2:${(impostor.address() as { port: number }).port}`;
    const sender = IdempotentProducer.connect({ brokers: [other], security, clientId: 'stranger' });
    opened.push(impostor);
    await Promise.all([
      expect(connectBy(security, other)).rejects.toThrow(/127\.0\.0\.2 is not in the cert's list/),
      expect(sender).rejects.toThrow(/127\.0\.0\.2 is not in the cert's list/),
      expect(connectBy({ ...security, authorities: null })).rejects.toThrow(/certificate/),
      expect(connectBy(null)).rejects.toMatchObject({ code: 'temporarily-unavailable' }),
    ]);
  });

  test('a processor with a wrong password ends, says why, and does not say the password', async () => {
    const env = {
      ...process.env,
      ...kafkaEnvironment(stack.place, 'streams'),
      FLUXO_KAFKA_PASSWORD_FILE: '',
      FLUXO_KAFKA_PASSWORD: 'canary-in-the-environment',
      FLUXO_KAFKA: stack.addresses.kafka,
      FLUXO_REGISTRY: stack.addresses.registry,
      FLUXO_LOG_LEVEL: 'trace',
    };
    const program = join(stack.place.checkout, 'streams/main.ts');
    const failure = await promisify(execFile)(process.execPath, [program], { env }).catch((error) => error);
    expect(failure.code).toBe(1);
    expect(failure.stderr).toContain('does not let');
    expect(failure.stderr).not.toContain('canary');
  });
});

describe('Redis', () => {
  async function ask(user: string, ...command: [string, ...string[]]): Promise<unknown> {
    const { redis } = addressesFor(stack.place, user);
    const client = new Redis(redis, { retryStrategy: null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      return await client.call(...command);
    } catch (error) {
      return (error as Error).message.split(' ')[0];
    } finally {
      client.disconnect();
    }
  }

  test.each<[string, [string, ...string[]], unknown]>([
    ['query-api', ['hget', 'fluxo:v1:positions', 'x'], null],
    ['query-api', ['hset', 'fluxo:v1:positions', 'x', 'y'], 'NOPERM'],
    ['query-api', ['get', 'fluxo:bff:session'], 'NOPERM'],
    ['query-api', ['eval', 'return 1', '0'], 'NOPERM'],
    ['bff', ['get', 'fluxo:bff:session'], null],
    ['bff', ['get', 'fluxo:v1:owner'], 'NOPERM'],
    ['bff', ['keys', '*'], 'NOPERM'],
    ['sink-redis', ['get', 'fluxo:bff:session'], 'NOPERM'],
    ['sink-redis', ['flushall'], 'NOPERM'],
    ['sink-redis', ['acl', 'list'], 'NOPERM'],
    ['sink-redis', ['config', 'get', '*'], 'NOPERM'],
    ['operator', ['flushall'], 'NOPERM'],
    ['nobody', ['get', 'fluxo:v1:owner'], 'NOAUTH'],
  ])('%s: %j gives %j', async (user, command, answer) => {
    expect(await ask(user, ...command)).toEqual(answer);
  });
});

test('no password of the stack is in a log, on a command line or in an answer', async () => {
  const users = [...names, 'fluxo-admin', 'bff'];
  const secrets = users.map((user) => passwordOf(stack.place, user));
  const logs = join(stack.place.home, 'logs');
  const services = rememberedNames(stack.place).filter((name) => stack.pidOf(name) !== null);
  const texts = [
    ...readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8')),
    ...services.map((name) => readFileSync(`/proc/${stack.pidOf(name)}/cmdline`, 'utf8')),
    await (await fetch(`${stack.addresses.queryApi}/metrics`)).text(),
    await fluxo(['doctor'], stack.env).catch(({ stdout, stderr }) => `${stdout}${stderr}`),
  ];
  expect(texts.length).toBeGreaterThan(20);
  expect(secrets.filter((secret) => texts.some((text) => text.includes(secret)))).toEqual([]);
});
