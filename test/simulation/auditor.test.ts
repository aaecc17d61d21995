/**
 * The second judge finds what the first cannot: a rule that processor and expectation have wrong together. Each bug here is in the
 * topology, and the schedule is judged against what the same broken topology makes of the log in one go.
 */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Topology } from '../../streams/engine/topology.ts';
import { dailyBalanceTopology } from '../../streams/topologies/daily-balance.topology.ts';
import { PartitionState } from '../../streams/topologies/partition-state.ts';
import { Catalogue, type Commission } from '../../testing/simulation/catalogue.ts';
import { expectationOf } from '../../testing/simulation/expectation.ts';
import { runSchedule } from '../../testing/simulation/schedule.ts';
import { withParts } from './planted-bugs.ts';

/** Simulated time is cheap, but a busy machine may take its own. */
jest.setTimeout(60_000);

let catalogue: Catalogue;

beforeAll(async () => {
  catalogue = await Catalogue.open();
});

/** What is booked on an earlier day changes that day's document only. */
class CascadesNothing extends PartitionState {
  override apply(...[merchant, accepted, head]: Parameters<PartitionState['apply']>): void {
    const { days } = accepted;
    const figures = days?.figures.map((due, index) => {
      const standing = merchant.days.find((day) => day.figures.businessDate === due.businessDate);
      return index === 0 ? due : (standing?.figures ?? due);
    });
    super.apply(merchant, { ...accepted, days: days && { ...days, figures: figures ?? [] } }, head);
  }
}

type Break = (topology: Topology<PartitionState>) => Topology<PartitionState>;

const withoutDedup: Break = (topology) => ({
  ...topology,
  process: (state, record, out) => {
    state.ids.find = () => undefined;
    topology.process(state, record, out);
    Reflect.deleteProperty(state.ids, 'find');
  },
});

const withoutCascade: Break = (topology) => ({
  ...topology,
  createState: (partition) => new CascadesNothing(partition),
});

const brokenRules: readonly [string, Break, RegExp][] = [
  ['no id is looked up', withoutDedup, /the audit finds \d+ differences: cash\.ledger\.v1 .*"absent"/],
  [
    'a late entry does not change the days after it',
    withoutCascade,
    /the audit finds \d+ differences: cash\.daily-balances\.v1 .*openingMinor/,
  ],
];

test('right ends are recounted once for each log', async () => {
  for (const seed of [1, 2, 65]) {
    const { violation } = await runSchedule({ seed, ...catalogue.commissionFor(seed) });
    expect(violation).toBeNull();
  }
  expect(catalogue.recounted).toBe(2);
});

describe.each(brokenRules)('where %s', (_, broken, objection) => {
  const run = (judges: Partial<Commission>) => {
    const material = catalogue.materialFor(1);
    const { codecs } = material.vocabulary;
    const partitions = material.log.partitions.length;
    const expected = expectationOf(
      material.log,
      codecs,
      broken(dailyBalanceTopology({ codecs, partitions })),
    );
    const bug = withParts(({ topology }) => ({ topology: broken(topology) }));
    return runSchedule({ seed: 1, ...material, ...bug, expected, ...judges });
  };

  test('the first judge sees nothing', async () => {
    expect((await run({})).violation).toBeNull();
  });

  test('the second one objects', async () => {
    const { judgeAtEnd = () => {} } = catalogue.commissionFor(1);
    expect((await run({ judgeAtEnd })).violation?.message).toMatch(objection);
  });
});
