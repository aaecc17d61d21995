/** Needs real Kafka, registry, Redis and Postgres. The servers come up, die, come back with their data, and go without a trace. */
import { existsSync } from 'node:fs';
import { Supervisor, serviceNamed, statusOf } from '@fluxo/stack';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isDockerUsable } from '../../stack/docker.ts';
import { demandFreePort } from '../../stack/native-process.ts';
import { identify } from '../../stack/process-identity.ts';
import { isReady } from '../../stack/ready.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';

const SERVERS = ['kafka', 'registry', 'redis', 'postgres'];
const STEP_MS = 120_000;

/** Where servers are containers there are no pids to look at; Docker looks after them then. */
const describeNative = isDockerUsable(process.env) ? describe.skip : describe;

describeNative('servers of a stack, as native processes', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startStack({ only: SERVERS });
  }, STEP_MS);
  afterAll(async () => stack.destroy(), STEP_MS);

  const status = () => statusOf(new Supervisor(stack.place));

  test('status names the pid of the process itself, not of a shell around it', async () => {
    const { processes, died } = await status();
    expect(processes.map(({ name, ready }) => [name, ready])).toEqual([
      ['kafka', true],
      ['postgres', true],
      ['redis', true],
      ['registry', true],
    ]);
    expect(died).toEqual([]);
    for (const { pid } of processes) expect(identify(pid)).not.toBeNull();
  });

  test(
    'a killed server is reported as died, and `up` brings back only that one, with its data',
    async () => {
      const subject = `${stack.addresses.registry}/subjects/kept/versions`;
      const headers = { 'content-type': 'application/json' };
      // The kill follows the answer at once: a registry that writes later than it answers would forget the id.
      const answer = await fetch(subject, {
        method: 'POST',
        headers,
        body: JSON.stringify({ schema: '"string"' }),
      });
      expect(answer.status).toBe(200);
      const kafkaPid = stack.pidOf('kafka');

      await stack.kill('registry');
      await untilGone('registry');
      expect((await status()).died).toEqual(['registry']);
      await stack.start(...SERVERS);

      expect((await status()).died).toEqual([]);
      expect(stack.pidOf('kafka')).toBe(kafkaPid);
      expect(await (await fetch(subject)).json()).toEqual([1]);
      const config = (await (await fetch(`${stack.addresses.registry}/config`)).json()) as object;
      expect(config).toEqual({ compatibilityLevel: 'FULL_TRANSITIVE' });
    },
    STEP_MS,
  );

  test(
    'a server that dies while what needs it is starting is named at once, and brought back by the next `up`',
    async () => {
      const wanted = ['postgres', 'migrate', 'entries-api'];
      const killed: Promise<void>[] = [];
      const up = new Supervisor(stack.place).up(wanted.map(serviceNamed), {
        progress: (name, state) => {
          if (name === 'entries-api' && state === 'starting') killed.push(stack.kill('postgres'));
        },
      });
      await expect(up).rejects.toMatchObject({
        code: 'died-at-start',
        message: expect.stringContaining('postgres ended while entries-api, which needs it, was starting.'),
      });
      await Promise.all(killed);
      await stack.start(...wanted);
      expect((await status()).died).toEqual([]);
      await stack.stop('entries-api');
    },
    STEP_MS,
  );

  test('a port held by a stranger is named, with the variable that moves the stack', async () => {
    await expect(demandFreePort(stack.place.portBase, 'kafka')).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringMatching(new RegExp(`Port ${stack.place.portBase}.*FLUXO_PORT_BASE`)),
    });
  });

  test(
    'down leaves no process, no open port and no pid file',
    async () => {
      const pids = SERVERS.map((name) => stack.pidOf(name) ?? 0);
      await new Supervisor(stack.place).down();
      expect(pids.map(identify)).toEqual(SERVERS.map(() => null));
      expect((await status()).processes).toEqual([]);
      const redis = serviceNamed('redis');
      if (redis.kind !== 'server') throw new Error('redis is a server');
      expect(await isReady(redis.ready, stack.place.portBase + redis.portOffset)).toBe(false);
      expect(existsSync(`${stack.place.home}/data/kafka/log/meta.properties`)).toBe(true);
    },
    STEP_MS,
  );

  async function untilGone(name: string): Promise<void> {
    while (stack.pidOf(name) !== null) await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
