/** Turns of an event loop whose clock the test moves: who comes too late in a turn is told, once that has been so for a while, and nobody else. */
import { beforeEach, expect, test } from '@jest/globals';
import { TURN_MAX_MS, TurnClock } from './turn-clock.ts';

let nowMs: number;
let end: () => void;
let clock: TurnClock;

beforeEach(() => {
  nowMs = 1_000_000;
  end = () => undefined;
  clock = new TurnClock({
    nowMs: () => nowMs,
    afterTurn: (work) => {
      end = work;
    },
  });
});

/** Requests of one turn, each of which takes so long; how many of them were late. */
function turn(requests: number, eachMs: number): number {
  let late = 0;
  for (let request = 0; request < requests; request++) {
    if (clock.isLate()) late += 1;
    else nowMs += eachMs;
  }
  end();
  return late;
}

test('nobody is late in short turns, however many there are', () => {
  for (let count = 0; count < 1_000; count++) expect(turn(10, TURN_MAX_MS / 10)).toBe(0);
});

test('in turns that are always too long, the beginning of each is served and the rest is late', () => {
  const late = Array.from({ length: 10 }, () => turn(400, 1));
  expect(late).toEqual([0, 0, 149, 149, 149, 149, 149, 149, 149, 149]);
});

test('a single stall makes nobody late, neither in its turn nor in the one that catches up', () => {
  turn(10, 1);
  expect(turn(1, 400)).toBe(0);
  expect(turn(400, 1)).toBe(0);
  expect(turn(10, 1)).toBe(0);
});

test('one turn without end makes those late who come after the time that is tolerated', () => {
  expect(turn(1_500, 1)).toBe(499);
});

test('one short turn, and nobody is late', () => {
  for (let count = 0; count < 10; count++) turn(400, 1);
  expect(turn(250, 1)).toBe(0);
  expect(turn(400, 1)).toBe(0);
});

test('a loop that slept has nobody waiting: a long turn before and one after do not add up', () => {
  for (let count = 0; count < 10; count++) turn(400, 1);
  nowMs += 60_000;
  expect(turn(400, 1)).toBe(0);
});
