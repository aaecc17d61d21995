/**
 * A stack in the foreground: shows each service coming up, says where things are and what to try, shows what flows, brings
 * back what dies, and at the end stops everything; data stays for the next time. If a stack runs here already it only looks
 * on, and the end ends the looking.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { demoPeople, localAccess } from '@fluxo/identity';
import { consumerGroups } from '@fluxo/schemas';
import { Listr } from 'listr2';
import { type Counters, perSecond, readCounters } from './counters.ts';
import { type Lag, LagMeter } from './lag.ts';
import { giveUpOwnership, ownerOf, takeOwnership } from './ownership.ts';
import type { Place } from './place.ts';
import { Revival } from './revival.ts';
import type { Service } from './services.ts';
import { merchantToLookAt } from './suggestion.ts';
import { Supervisor } from './supervisor.ts';

const CLEAR_LINE = '\r\u001b[K';
const COUNT_EVERY_MS = process.stdout.isTTY ? 2_000 : 10_000;
/** On a terminal the last line shows what flows; whatever else is said replaces it. */
const say = (text: string) => process.stdout.write(`${process.stdout.isTTY ? CLEAR_LINE : ''}${text}\n`);

const titles: Readonly<Record<string, string>> = {
  kafka: 'Kafka',
  registry: 'Schema registry',
  redis: 'Redis',
  postgres: 'PostgreSQL',
  provision: 'Topics and schemas',
  migrate: 'Database and tables',
  dynamodb: 'DynamoDB',
  'provision-dynamodb': 'Table of DynamoDB',
  identity: 'Sign-in',
  'query-api': 'Query API',
  'entries-api': 'Entries API',
  'operations-api': 'Operations API',
  bff: 'Web page',
  simulator: 'Simulated tills',
  prometheus: 'Prometheus',
  alertmanager: 'Alertmanager',
};

export class Foreground {
  readonly #place: Place;
  readonly #services: readonly Service[];
  readonly #ending: AbortSignal;
  readonly #supervisor: Supervisor;

  constructor(place: Place, services: readonly Service[], ending: AbortSignal) {
    this.#place = place;
    this.#services = services;
    this.#ending = ending;
    this.#supervisor = new Supervisor(place);
  }

  /** Resolves after the end was wished and everything has stopped. Throws the reason if the stack could not start. */
  async run(): Promise<void> {
    const owner = ownerOf(this.#place);
    const isRunning = await this.#supervisor.isAnythingRunning();
    if (owner.kind === 'alive')
      return this.#attach(`A stack runs here already, started by npm start (pid ${owner.pid}).`);
    if (owner.kind === 'none' && isRunning) return this.#attach('A detached stack runs here already.');
    if (isRunning) say('An earlier npm start was killed; taking over what it left running.');
    return this.#own();
  }

  /** Looks on at a stack that somebody else looks after. */
  async #attach(why: string): Promise<void> {
    say(`${why} Showing what flows; Ctrl-C ends only this view. To stop the stack: npm run stack -- down`);
    await this.#introduce();
    await this.#watch(async () => {});
  }

  async #own(): Promise<void> {
    takeOwnership(this.#place);
    try {
      await this.#bringUp();
      await this.#introduce();
      const revival = new Revival(this.#supervisor, say);
      await this.#watch(() => revival.run(this.#services));
    } catch (error) {
      if (!this.#ending.aborted) throw error;
    } finally {
      say('Stopping everything; data is kept.');
      await this.#supervisor.down();
      giveUpOwnership(this.#place);
    }
  }

  /** One line per service; a service whose needs are not met yet waits in the list. */
  async #bringUp(): Promise<void> {
    const outcomes = new Map(this.#services.map(({ name }) => [name, Promise.withResolvers<void>()]));
    const list = taskList(new Map([...outcomes].map(([name, { promise }]) => [name, promise])));
    try {
      await this.#supervisor.up(this.#services, {
        abort: this.#ending,
        progress: (name, state) => {
          if (state === 'ready') outcomes.get(name)?.resolve();
          if (state === 'failed') outcomes.get(name)?.reject(new Error('failed'));
        },
      });
    } finally {
      for (const { reject } of outcomes.values()) reject(new Error('not tried'));
      await list;
    }
  }

  async #introduce(): Promise<void> {
    const { addresses, home, env } = this.#place;
    const access = localAccess({ url: addresses.identity, home }, env);
    const merchant = await merchantToLookAt({ url: addresses.queryApi, access }, this.#ending);
    say(`
Query API     ${addresses.queryApi}  (documentation: ${addresses.queryApi}/docs)
Entries API   ${addresses.entriesApi}  (/openapi.json)
Kafka         ${addresses.kafka}
Registry      ${addresses.registry}
Redis         ${addresses.redis}
PostgreSQL    ${addresses.postgres}
Sign-in       ${addresses.identity}  (manager, owner, operator: no passwords)
${this.#whereWatched()}Logs          ${home}/logs

To try, in another terminal:
  curl -H "Authorization: Bearer $(npx fluxo token --as operator)" ${addresses.queryApi}/v1/merchants/${merchant}/balances/latest
  npx fluxo balance ${merchant}
  npx fluxo topics
${this.#services.some(({ name }) => name === 'bff') ? thePage(addresses.bff) : ''}`);
  }

  /** Lines for what watches the stack, if anything does. */
  #whereWatched(): string {
    const watchers = this.#services.filter((service) => service.kind === 'watcher');
    return watchers
      .map(({ name, portOffset }) => {
        const title = (titles[name] ?? name).padEnd(14);
        return `${title}http://127.0.0.1:${this.#place.portBase + portOffset}\n`;
      })
      .join('');
  }

  /** Shows what flows until the end; `each` runs before every look. */
  async #watch(each: () => Promise<void>): Promise<void> {
    const meter = new LagMeter(this.#place);
    let before: Counters | null = null;
    while (!this.#ending.aborted) {
      await each();
      const now = await readCounters(this.#place, await this.#supervisor.runningNames());
      if (before !== null) show(figures(before, now, await meter.read()));
      before = now;
      await sleep(COUNT_EVERY_MS, undefined, { signal: this.#ending }).catch(() => undefined);
    }
    await meter.close();
  }
}

/** Resolves when every line has its mark. The reason of a failure is not the list's to show: it comes once, at the end. */
function taskList(outcomes: ReadonlyMap<string, Promise<void>>): Promise<unknown> {
  const tasks = [...outcomes].map(([name, outcome]) => ({
    title: titles[name] ?? name,
    task: () => outcome,
  }));
  return new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    fallbackRenderer: 'simple',
    registerSignalListeners: false,
  }).run();
}

/** The last lines: where people go, and whom they can be there. */
function thePage(url: string): string {
  const people = Object.entries(demoPeople).map(([id, { name }]) => `  ${id.padEnd(10)}${name}`);
  return `\nThe page      ${url}\nSign in there, without a password, as\n${people.join('\n')}\n`;
}

function figures(before: Counters, now: Counters, lag: Lag): string {
  const sinks = Object.keys(lag).filter((group) => group !== consumerGroups.streams);
  return [
    `${Math.round(perSecond(before, now, 'submissions')).toLocaleString('en')} submissions/s`,
    `${now.submissions.toLocaleString('en')} folded`,
    `${now.published.toLocaleString('en')} published`,
    `behind: processor ${behind(lag, [consumerGroups.streams])}, sinks ${behind(lag, sinks)}`,
  ].join(' · ');
}

/** The sum over these groups; a question mark if one of them is unknown. */
function behind(lag: Lag, groups: readonly string[]): string {
  const lags = groups.map((group) => lag[group] ?? Number.NaN);
  const sum = lags.reduce((total, each) => total + each, 0);
  return Number.isNaN(sum) ? '?' : sum.toLocaleString('en');
}

/** On a terminal one line, cut to its width: a longer one would wrap and could not be overwritten. */
function show(line: string): void {
  if (!process.stdout.isTTY) say(line);
  else process.stdout.write(`${CLEAR_LINE}${line.slice(0, (process.stdout.columns || 80) - 1)}`);
}
