/**
 * Needs everything a whole stack needs. `npm start` as a person uses it: it comes up, is looked at from a second terminal, is
 * killed without a chance to clean up, is taken over by the next, and in the end leaves no process behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Place, Supervisor, statusOf } from '@fluxo/stack';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ownerOf } from '../../stack/ownership.ts';
import { tearDown, withTemporaryPlace } from '../../testing/servers.ts';

const STEP_MS = 300_000;
const ALL = ['identity', 'kafka', 'query-api', 'redis', 'registry', 'simulator', 'sink-redis-1', 'streams-1'];

let place: Place;
beforeAll(async () => {
  place = await withTemporaryPlace(async (found) => found);
});
afterAll(() => tearDown(place));

class NpmStart {
  readonly process: ChildProcess;
  output = '';

  constructor() {
    const env = { ...process.env, ...place.env, NODE_OPTIONS: '' };
    // The process a person or a script would signal is npm's own.
    this.process = spawn('npm', ['start'], { cwd: place.checkout, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
  }

  /** Fails with all that was said if it ends without saying this. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.process.exitCode !== null)
        throw new Error(`npm start ended without saying "${text}":\n${this.output}`);
      await sleep(50);
    }
  }

  async ends(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }
}

const processes = async () => (await statusOf(new Supervisor(place))).processes.map(({ name }) => name);

test(
  'npm start runs everything; Ctrl-C in a second terminal ends only the view; SIGTERM ends it all',
  async () => {
    const first = new NpmStart();
    await first.says('To try, in another terminal');
    expect(await processes()).toEqual(ALL);

    const second = new NpmStart();
    await second.says('A stack runs here already, started by npm start');
    second.process.kill('SIGINT');
    expect(await second.ends()).toBe(0);
    expect(await processes()).toEqual(ALL);

    first.process.kill('SIGTERM');
    expect(await first.ends()).toBe(0);
    expect(await processes()).toEqual([]);
  },
  STEP_MS,
);

test(
  'what dies is brought back; a killed npm start is taken over; killing npm itself ends the stack',
  async () => {
    const first = new NpmStart();
    await first.says('To try, in another terminal');
    const victim = (await statusOf(new Supervisor(place))).processes.find(({ name }) => name === 'streams-1');
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    await first.says('streams-1 died; starting again');

    const owner = ownerOf(place);
    process.kill(owner.kind === 'alive' ? owner.pid : 0, 'SIGKILL');
    await first.ends();

    const second = new NpmStart();
    await second.says('An earlier npm start was killed; taking over');
    await second.says('To try, in another terminal');
    expect(await processes()).toEqual(ALL);
    second.process.kill('SIGKILL');
    while ((await processes()).length > 0) await sleep(100);
  },
  STEP_MS,
);
