/**
 * A world for scripts: its requests and answers are written down with a line for whatever happens, and a process can be held at
 * the very answer a script is about.
 */
import type { BrokerConnection, BrokerDialer, BrokerRequests } from '../../kafka/requests.ts';
import type { Catalogue } from '../../testing/simulation/catalogue.ts';
import { World } from '../../testing/simulation/world.ts';

export type Exchange = {
  readonly name: keyof BrokerRequests;
  readonly request: unknown;
  readonly answer: unknown;
};

/** A world whose exchanges are written down. `held` is asked for each answer: true holds the process there until it is thawed. */
export function stage(
  catalogue: Catalogue,
  isHeld: (exchange: Exchange, world: World) => boolean = () => false,
) {
  const exchanges: Exchange[] = [];
  const lines: string[] = [];
  const watched = (connection: BrokerConnection): BrokerConnection =>
    new Proxy(connection, {
      get(target, name: keyof BrokerRequests) {
        const own: unknown = Reflect.get(target, name, target);
        if (typeof own !== 'function' || (name as string) === 'close') return own;
        return async (request: unknown) => {
          const answer: unknown = await (own as (request: unknown) => Promise<unknown>).call(target, request);
          const exchange = { name, request, answer };
          exchanges.push(exchange);
          if (isHeld(exchange, world)) {
            const [process] = world.fleet.running;
            process?.freeze();
            await process?.clock.sleep(0);
          }
          return answer;
        };
      },
    });
  const through = (dialer: BrokerDialer): BrokerDialer => ({
    dial: async (address, options) => watched(await dialer.dial(address, options)),
  });
  const world: World = new World({
    seed: 1,
    nodes: 2,
    through,
    trace: (line) => lines.push(line),
    ...catalogue.materialFor(1),
  });
  return { world, exchanges, lines };
}

export function arriveAll(world: World, share: 'first half' | 'second half'): void {
  for (const arrivals of world.arrivals()) {
    const half = Math.floor(arrivals.length / 2);
    for (const arrive of share === 'first half' ? arrivals.slice(0, half) : arrivals.slice(half)) arrive();
  }
}

/** Lets time pass until this holds; fails if it does not within two minutes of simulated time. */
export async function until(world: World, holds: () => boolean): Promise<void> {
  const deadlineMs = world.ageMs + 120_000;
  await world.run(() => holds() || world.ageMs > deadlineMs);
  if (!holds()) throw new Error('the script has come to a point where it waits for ever');
}

export const later = async (world: World, ms: number): Promise<void> => {
  const untilMs = world.ageMs + ms;
  // Something must happen for time to pass.
  world.timeline.after(ms + 1, () => {});
  await world.run(() => world.ageMs >= untilMs);
};

export const errorCodesIn = ({ answer }: Exchange): number[] => {
  const { errorCode, partitions = [] } = answer as {
    errorCode?: number;
    partitions?: { errorCode: number }[];
  };
  return [...(errorCode === undefined ? [] : [errorCode]), ...partitions.map((each) => each.errorCode)];
};

export const hasRecords = ({ answer }: Exchange): boolean =>
  (answer as { partitions: { records: Buffer }[] }).partitions.some(({ records }) => records.length > 0);
