/**
 * What readers of the whole system see while tills sell: at steady rates, just after the query APIs started and once they are warm; up to the
 * rate where they stop keeping up; and while the processor, Redis or one of two query APIs is killed (SIGKILL) in the middle.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Effort, kneeOf, RANGE_SHARE, RATES } from './beside.ts';
import type { LoadGenerator } from './load-generator.ts';
import { withNoise } from './noise.ts';
import { figuresOf } from './outcome.ts';
import type { ReadingScene } from './scene.ts';
import { whileSelling } from './writers.ts';

const KILL_RATES = [50, 500] as const;

type Kill = {
  readonly victim: string;
  readonly kill: () => Promise<void>;
  readonly restore: () => Promise<void>;
};

export async function* wholeSystem(
  generator: LoadGenerator,
  scene: ReadingScene,
  effort: Effort,
): AsyncGenerator<object> {
  for (const perSecond of RATES) {
    await scene.restartReaders();
    for (const state of ['cold', 'warm'] as const)
      yield {
        part: 'system',
        state,
        ...(await withNoise([generator.pid, ...scene.pids], () =>
          readersSee(generator, scene, { perSecond, seconds: effort.openSeconds }),
        )),
      };
  }
  for (const kill of killsOf(scene))
    for (const perSecond of KILL_RATES)
      yield withNoise([generator.pid, ...scene.pids], () =>
        whenKilled(generator, scene, kill, { perSecond, seconds: 2 * effort.openSeconds }),
      );
  yield withNoise([generator.pid, ...scene.pids], async () => {
    const { result, freshness } = await whileSelling(scene, () =>
      kneeOf(generator, scene.addresses, scene.asked(RANGE_SHARE, 5), effort),
    );
    return { part: 'system', ...result, ...freshness };
  });
}

type Rate = { readonly perSecond: number; readonly seconds: number };

async function readersSee(generator: LoadGenerator, scene: ReadingScene, rate: Rate): Promise<object> {
  const plan = { addresses: scene.addresses, asked: scene.asked(RANGE_SHARE, 4), ...rate };
  const { result, freshness } = await whileSelling(scene, () => generator.run(plan));
  return { perSecond: rate.perSecond, ...figuresOf(result), ...freshness };
}

function killsOf(scene: ReadingScene): readonly Kill[] {
  const { stack } = scene;
  return [
    { victim: 'processor', kill: () => stack.kill('streams-1'), restore: () => stack.start('streams-1') },
    { victim: 'Redis', kill: () => stack.kill('redis'), restore: () => stack.start('redis') },
    {
      victim: 'one of two query APIs',
      kill: () => scene.killReader(),
      restore: () => scene.restoreReader(),
    },
  ];
}

/** The victim dies after a third of the time and is started again, as a supervisor would, after another. */
async function whenKilled(
  generator: LoadGenerator,
  scene: ReadingScene,
  { victim, kill, restore }: Kill,
  rate: Rate,
): Promise<object> {
  const thirdMs = (rate.seconds * 1_000) / 3;
  const hurt = async (): Promise<void> => {
    await sleep(thirdMs);
    await kill();
    await sleep(thirdMs);
    await restore();
  };
  let hurting = Promise.resolve();
  const { result, freshness } = await whileSelling(scene, async () => {
    hurting = hurt();
    const [outcomes] = await Promise.all([
      generator.run({ addresses: scene.addresses, asked: scene.asked(RANGE_SHARE, 6), ...rate }),
      hurting,
    ]);
    return outcomes;
  });
  return { part: 'killed', victim, perSecond: rate.perSecond, ...figuresOf(result), ...freshness };
}
