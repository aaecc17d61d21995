/**
 * Needs Kafka, the registry and Prometheus; skipped where there is no Prometheus. A broker of an observed stack tells Prometheus exactly what docs/metrics.md
 * says it tells; one of a stack that nobody observes has no agent, listens nowhere for it and is missed by nobody.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { brokerMetricsAddress } from '../../stack/servers/broker-metrics.ts';
import { findAlertmanager, findProgram } from '../../stack/setup/system-tools.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { Watching } from '../../testing/watching.ts';

const STEP_MS = 300_000;
jest.setTimeout(STEP_MS);

const hasWatchers = findProgram('prometheus') !== null && findAlertmanager() !== null;

let stack: TestStack;
let watching: Watching;

(hasWatchers ? beforeAll : () => undefined)(async () => {
  stack = await startStack({
    hasWatchers: true,
    only: ['kafka', 'registry', 'provision', 'prometheus'],
    env: { FLUXO_SCRAPE_SECONDS: '1' },
  });
  watching = new Watching(stack.place.portBase);
});
afterAll(() => stack?.destroy());

const told = async (): Promise<string> =>
  (await fetch(`http://${brokerMetricsAddress(stack.place)}/metrics`)).text();

const commandLine = () => readFileSync(`/proc/${stack.pidOf('kafka')}/cmdline`, 'utf8');

const sorted = (matches: Iterable<RegExpMatchArray>): string =>
  [...matches]
    .map(([, label = '']) => label)
    .toSorted()
    .join();

(hasWatchers ? describe : describe.skip)('a broker', () => {
  test('that is observed tells what docs/metrics.md says, and nothing else of Kafka', async () => {
    const page = readFileSync(join(stack.place.checkout, 'docs', 'metrics.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `(kafka_\w+)` \| (\w+) \| ([^|]*)\|/gm)].map(
      ([, name, type, labels = '']) => `${name} ${type} ${sorted(labels.matchAll(/`(\w+)`/g))}`,
    );
    const text = await told();
    const types = new Map(
      [...text.matchAll(/^# TYPE (kafka_\w+) (\w+)$/gm)].map(([, name = '', type]) => [name, type]),
    );
    const served = [...text.matchAll(/^(kafka_\w+)(?:\{(.*)\})? /gm)].map(
      ([, name = '', labels = '']) => `${name} ${types.get(name)} ${sorted(labels.matchAll(/(\w+)="/g))}`,
    );
    expect(documented.length).toBeGreaterThan(10);
    expect([...new Set(served)].toSorted()).toEqual(documented.toSorted());
    expect(served.length).toBeLessThan(200);
  });

  test('is asked by Prometheus, which finds it well', async () => {
    await watching.until('the broker answers', async () => {
      const [up] = await watching.query('up{job="kafka",instance="kafka"}');
      return up?.value[1] === '1';
    });
    const value = async (query: string) => (await watching.query(query))[0]?.value[1];
    expect(await value('sum(kafka_controller_kafkacontroller_activecontrollercount)')).toBe('1');
    expect(await value('max(kafka_controller_kafkacontroller_offlinepartitionscount)')).toBe('0');
    expect(await value('count(count by (topic) (kafka_log_log_size{topic=~"cash[.].*"}))')).toBe('5');
    expect(await watching.query('ALERTS{alertname=~"Kafka.*|ProcessNotReady"}')).toEqual([]);
  });

  test('that comes back after a kill is still observed', async () => {
    await stack.kill('kafka');
    await stack.start('kafka');
    expect(await told()).toContain('kafka_controller_kafkacontroller_activecontrollercount 1.0');
  });

  test('that nobody observes pays nothing for it, and is not missed', async () => {
    expect(commandLine()).toContain('-javaagent:');
    await stack.stop('prometheus', 'kafka');
    await stack.start('kafka');
    expect(commandLine()).not.toContain('-javaagent:');
    await expect(told()).rejects.toThrow();
    const targets = join(stack.place.home, 'data', 'prometheus', 'targets', 'stack.json');
    expect(JSON.parse(readFileSync(targets, 'utf8'))).toEqual([]);
    // Watched again, but not started again: nobody asks where nobody answers.
    await stack.start('prometheus');
    expect(JSON.parse(readFileSync(targets, 'utf8'))).toEqual([]);
  });
});
