/** A record that kills whoever processes it: its partition ends up standing still, with an alert, and every other one goes on. */
import { describe, expect, test } from '@jest/globals';
import { InMemoryCluster, tick } from '../../testing/in-memory-cluster.ts';
import {
  append,
  committedOf,
  GROUP,
  Member,
  PARTITIONS,
  POSTED,
  silent,
  sumTopology,
  turns,
} from '../../testing/summing-members.ts';
import type { EngineObserver } from './observer.ts';
import type { Pause } from './task.ts';

const RECORDS = 300;
/** In partition 1, with 50 records of key k1 and 50 of k4 before it. */
const DEADLY = 251;

type Alert = { readonly partition: number; readonly pause: Pause; readonly error: unknown };

class Lives {
  readonly cluster = new InMemoryCluster(PARTITIONS);
  readonly alerts: Alert[] = [];
  deaths = 0;
  #member: Member | null = null;

  /** Starts a life and lets it run for a while; true if it died. */
  async live(): Promise<boolean> {
    const observer: EngineObserver = {
      ...silent,
      paused: (partition, pause, error) => this.alerts.push({ partition, pause, error }),
    };
    const before = this.deaths;
    const topology: typeof sumTopology = {
      ...sumTopology,
      process: (state, record, out) => {
        if (Buffer.from(record.value ?? []).toString() === String(DEADLY)) {
          this.deaths += 1;
          this.#member?.kill();
        }
        sumTopology.process(state, record, out);
      },
    };
    this.#member = new Member(this.cluster, 'm', topology, { observer });
    await turns(1_500);
    if (this.deaths > before) return true;
    await this.#member.stop();
    return false;
  }

  positions(): Record<string, number> {
    return Object.fromEntries(this.cluster.group(GROUP).committed);
  }
}

describe('a record that kills the process', () => {
  test('after some deaths its partition stands still at it, the others are processed, and nothing counts twice', async () => {
    const lives = new Lives();
    for (let n = 0; n < RECORDS; n++) append(lives.cluster, n);
    while (await lives.live()) expect(lives.deaths).toBeLessThan(20);
    const [alert] = lives.alerts;
    const log = lives.cluster.log('numbers', 1);
    const deadlyAt = log.findIndex(
      ({ record }) => Buffer.from(record.value ?? []).toString() === String(DEADLY),
    );
    expect(alert).toMatchObject({ partition: 1, pause: { reason: 'deadly-record' } });
    expect(String(alert?.error)).toContain(`numbers-1 stands still`);
    expect(String(alert?.error)).toContain(`begins at offset ${deadlyAt}`);
    expect(lives.positions()).toEqual({
      0: lives.cluster.log('numbers', 0).length,
      1: deadlyAt,
      2: lives.cluster.log('numbers', 2).length,
    });
    const posted = committedOf(lives.cluster, POSTED);
    expect(new Set(posted.map(({ key, count }) => `${key} ${count}`)).size).toBe(posted.length);
    expect(posted).toHaveLength(RECORDS - (log.length - deadlyAt));
  });

  test('is not touched by later lives, until somebody lets the deaths be forgotten', async () => {
    const lives = new Lives();
    for (let n = 0; n < RECORDS; n++) append(lives.cluster, n);
    while (await lives.live()) expect(lives.deaths).toBeLessThan(20);
    const { deaths } = lives;
    expect(await lives.live()).toBe(false);
    expect(lives.deaths).toBe(deaths);
    lives.cluster.group(GROUP).notes.clear();
    expect(await lives.live()).toBe(true);
  });

  test('lives that end for another reason, with commits in between, put nobody on trial for long', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    for (let n = 0; n < RECORDS; n++) append(cluster, n);
    for (let life = 0; life < 10; life++) {
      const member = new Member(cluster, 'm');
      await turns(40 + life);
      member.kill();
    }
    const last = new Member(cluster, 'm');
    await turns(1_500);
    await last.stop();
    expect(committedOf(cluster, POSTED)).toHaveLength(RECORDS);
  });

  test('what can be processed only since the others were noted waits for a note of its own', async () => {
    const cluster = new InMemoryCluster(PARTITIONS);
    for (let n = 0; n < 3; n++) append(cluster, n);
    const { notes, pending } = cluster.group(GROUP);
    const whileNoting = async (): Promise<void> => {
      while (pending.size === 0) await tick();
    };
    const withoutNote: string[] = [];
    const member = new Member(cluster, 'm', {
      ...sumTopology,
      prepare: ([first]) => (Buffer.from(first?.key ?? []).toString() === 'k1' ? whileNoting() : null),
      process: (state, record, out) => {
        const key = Buffer.from(record.key ?? []).toString();
        if (!notes.has(Number(key.slice(1)) % PARTITIONS)) withoutNote.push(key);
        sumTopology.process(state, record, out);
      },
    });
    await turns(200);
    await member.stop();
    expect(withoutNote).toEqual([]);
    expect(committedOf(cluster, POSTED)).toHaveLength(3);
  });
});
