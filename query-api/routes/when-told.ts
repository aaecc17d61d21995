/**
 * Goes on with what was told as soon as it was: in the same breath where it was in memory. A promise, the reply it resolves to, which Fastify asks
 * once more, and their turns are 5 % of such a request; so handlers that end with this are no async functions, and say nothing themselves.
 */
import type { Told } from '../views/balance-view.ts';

export function whenTold<Value, Result>(
  told: Told<Value>,
  goOn: (value: Value) => Told<Result>,
): Told<Result> {
  return told instanceof Promise ? told.then(goOn) : goOn(told);
}
