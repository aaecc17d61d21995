import { expect, test } from '@jest/globals';
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import { Zipf } from './zipf.ts';

test('the borders between ranks lie where the harmonic sums do', () => {
  const zipf = new Zipf(4); // 1 + 1/2 + 1/3 + 1/4 = 25/12
  const borders = [12 / 25, 18 / 25, 22 / 25];
  expect([0, ...borders].map((border) => zipf.at(border + 1e-9))).toEqual([0, 1, 2, 3]);
  expect(borders.map((border) => zipf.at(border - 1e-9))).toEqual([0, 1, 2]);
  expect(zipf.at(1 - 1e-12)).toBe(3);
  expect(new Zipf(1).at(0.5)).toBe(0);
});

test('drawn a hundred thousand times, each rank comes as often as its share', () => {
  const [zipf, random, counts] = [new Zipf(50), new SeededRandom(7), Array.from({ length: 50 }, () => 0)];
  for (let n = 0; n < 100_000; n += 1) {
    const rank = zipf.at(random.next());
    counts[rank] = (counts[rank] as number) + 1;
  }
  const whole = Array.from({ length: 50 }, (_, index) => 1 / (index + 1)).reduce((sum, each) => sum + each);
  for (const [index, count] of counts.entries()) {
    const expected = 100_000 / (index + 1) / whole;
    expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
  }
});
