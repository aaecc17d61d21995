/** Whether two decoders have read the same, whatever classes they build their records from. */

/** Numbers and big integers of the same value are the same; so are NaN and NaN; 0 and −0 are not. */
export function isSameValue(left: unknown, right: unknown): boolean {
  if (typeof left === 'bigint' || typeof right === 'bigint') return Number(left) === Number(right);
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return Object.is(left, right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  return hasSameEntries(left, right);
}

function hasSameEntries(left: object, right: object): boolean {
  const names = Object.keys(left);
  return (
    Array.isArray(left) === Array.isArray(right) &&
    names.length === Object.keys(right).length &&
    names.every(
      (name) =>
        Object.hasOwn(right, name) &&
        isSameValue((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
    )
  );
}
