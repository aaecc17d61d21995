/**
 * A new generation of the Redis view, built in another database of the same Redis and then exchanged with the one that readers use. SWAPDB
 * exchanges two databases for all their clients in one step, so readers see the whole former view up to it and the whole new one
 * after it, and nobody has to be told. Data and positions of a write are one transaction (`RedisStore.write`), hence always of one
 * generation: a sink that finds its positions elsewhere asks where the store stands and goes on from there, as after a flush.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { REDIS_GENERATION_KEY, REDIS_OWNER_KEY, REDIS_POSITIONS_KEY, REDIS_VIEW_OWNER } from '@fluxo/schemas';
import { Redis } from 'ioredis';
import { SinkRefusedError } from '../engine/sink.ts';

/** Flushing in the background is quick to answer; so are the rest. */
const COMMAND_TIMEOUT_MS = 10_000;

/** How long the exchange waits for the new one to stand nowhere behind the old one, and how often it looks. */
const LEVEL_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 10;

/**
 * Exchanges two databases, if the new one still is the generation that was built: another rebuild may have taken its place; and if it stands
 * nowhere behind the live one, unless that is not asked for. KEYS: none, because they would be of one database. ARGV: live database, new one, key of
 * the generation, its name, key of the positions, 'level' if it must not stand behind.
 */
const SWITCH = `
redis.call('SELECT', ARGV[1])
local live = redis.call('HGETALL', ARGV[5])
redis.call('SELECT', ARGV[2])
if redis.call('GET', ARGV[3]) ~= ARGV[4] then return 'lost' end
for i = 1, ARGV[6] == 'level' and #live or 0, 2 do
  local new = redis.call('HGET', ARGV[5], live[i])
  if not new or string.sub(new, 1, 16) < string.sub(live[i + 1], 1, 16) then return 'behind' end
end
redis.call('SWAPDB', ARGV[1], ARGV[2])
return 'done'`;

export class RedisGeneration {
  /** Where it is being built, for a `RedisStore`. */
  readonly url: string;
  readonly name = randomUUID();
  readonly #redis: Redis;
  readonly #live: number;
  readonly #database: number;

  private constructor(liveUrl: string, database: number) {
    const url = new URL(liveUrl);
    this.#live = Number(url.pathname.slice(1));
    this.#database = database;
    url.pathname = `/${database}`;
    this.url = url.href;
    this.#redis = new Redis(this.url, {
      lazyConnect: true,
      maxRetriesPerRequest: 1,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    // What matters comes out of the command that failed.
    this.#redis.on('error', () => undefined);
  }

  /**
   * Empties the database and marks it as this generation. Fails with `SinkRefusedError` if it is the live one, holds something that is not
   * the view's, or the live one does: then nothing has been changed.
   */
  static async begin(liveUrl: string, database: number): Promise<RedisGeneration> {
    const generation = new RedisGeneration(liveUrl, database);
    try {
      await generation.#prepare();
      return generation;
    } catch (error) {
      generation.close();
      throw error;
    }
  }

  /**
   * Makes this generation the one that readers see, at a moment when it stands nowhere behind the former; whoever fills it must go on meanwhile.
   * If half a minute brings no such moment it is exchanged all the same, because positions may be among what is wrong. Fails with
   * `SinkRefusedError` if another took its place, and by the signal.
   */
  async switch(signal?: AbortSignal): Promise<void> {
    for (const sinceMs = performance.now(); ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
      const isPatient = performance.now() - sinceMs < LEVEL_WITHIN_MS;
      const outcome = await this.#exchange(isPatient ? 'level' : 'as it is');
      if (outcome === 'done') return;
      if (outcome === 'lost')
        throw new SinkRefusedError(
          `database ${this.#database} is no longer the generation that was built here: another rebuild began meanwhile, or somebody flushed it. ` +
            'Readers see what they saw before. Run one rebuild at a time.',
        );
    }
  }

  /** Takes away what readers saw before the exchange, once nobody writes there any more. */
  async letGo(): Promise<void> {
    await this.#redis.flushdb('ASYNC');
  }

  /** Takes away what has been built, if it still is this generation's; readers see nothing of it. */
  async discard(): Promise<void> {
    if ((await this.#redis.get(REDIS_GENERATION_KEY)) === this.name) await this.#redis.flushdb('ASYNC');
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #exchange(how: 'level' | 'as it is'): Promise<unknown> {
    const databases = [this.#live, this.#database];
    return this.#redis.eval(
      SWITCH,
      0,
      ...databases,
      REDIS_GENERATION_KEY,
      this.name,
      REDIS_POSITIONS_KEY,
      how,
    );
  }

  async #prepare(): Promise<void> {
    if (this.#live === this.#database)
      throw new SinkRefusedError(
        `database ${this.#database} is the one that readers use. Name another one of this Redis, which nothing else uses.`,
      );
    await this.#demandOurs(this.#live);
    await this.#demandOurs(this.#database);
    await this.#redis
      .multi()
      .flushdb('ASYNC')
      .set(REDIS_OWNER_KEY, REDIS_VIEW_OWNER)
      .set(REDIS_GENERATION_KEY, this.name)
      .exec();
  }

  /** The connection ends up in the database that was asked about last: the new one. */
  async #demandOurs(database: number): Promise<void> {
    await this.#select(database);
    const [keys, owner] = [await this.#redis.dbsize(), await this.#redis.get(REDIS_OWNER_KEY)];
    if (keys === 0 || owner === REDIS_VIEW_OWNER) return;
    throw new SinkRefusedError(
      `database ${database} of this Redis holds ${keys} keys that are not the view's. Name an empty one.`,
    );
  }

  async #select(database: number): Promise<void> {
    try {
      await this.#redis.select(database);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('DB index is out of range')) throw error;
      throw new SinkRefusedError(
        'this Redis has no database of that number. Name a lower one, or raise its `databases`.',
      );
    }
  }
}
