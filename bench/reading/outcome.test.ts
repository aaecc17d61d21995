import { describe, expect, test } from '@jest/globals';
import { figuresOf, keepsUp } from './outcome.ts';

const upTo = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, index) => count - index);
const outcomes = (answered: number, lost: number) => ({
  latenciesMs: upTo(answered),
  lost,
  losses: lost === 0 ? {} : { 'status 503': lost },
  repeated: 0,
  sentLateP99Ms: 0.25,
});

describe('the figures of a load', () => {
  test('without losses are the percentiles of all, whatever order they came in', () => {
    expect(figuresOf(outcomes(100, 0))).toEqual({
      requests: 100,
      lost: 0,
      losses: {},
      repeated: 0,
      p50Ms: 51,
      p95Ms: 96,
      p99Ms: 100,
      worstMs: 100,
      sentLateP99Ms: 0.25,
    });
  });

  test('count what was lost as slower than everything', () => {
    expect(figuresOf(outcomes(98, 2))).toMatchObject({ requests: 100, p50Ms: 51, p95Ms: 96, p99Ms: null });
    expect(figuresOf(outcomes(40, 60))).toMatchObject({ p50Ms: null, p95Ms: null, worstMs: null });
    expect(figuresOf(outcomes(999, 1))).toMatchObject({ p99Ms: 991, worstMs: null, lost: 1 });
    expect(figuresOf(outcomes(0, 3))).toMatchObject({ requests: 3, p50Ms: null });
  });

  test('keep up while hardly anything is lost or late', () => {
    expect(keepsUp(figuresOf(outcomes(100, 0)))).toBe(true);
    expect(keepsUp(figuresOf(outcomes(102, 0)))).toBe(false);
    const quick = { ...outcomes(0, 1), latenciesMs: new Float64Array(998).fill(1) };
    expect(keepsUp(figuresOf(quick))).toBe(false);
    expect(keepsUp(figuresOf({ ...quick, latenciesMs: new Float64Array(999).fill(1) }))).toBe(true);
  });
});
