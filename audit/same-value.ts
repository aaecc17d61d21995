/** Equality of decoded records and of JSON, fast: most of what the judge looks at is as it should be, and then nothing else is made. */

/** Whether everything the expected value has is found with the same value; what is found may have more fields. */
export function isSame(expected: unknown, found: unknown): boolean {
  if (expected === found) return true;
  if (typeof expected !== 'object' || typeof found !== 'object' || expected === null || found === null)
    return false;
  if (expected instanceof Uint8Array)
    return found instanceof Uint8Array && Buffer.compare(expected, found) === 0;
  if (Array.isArray(expected))
    return (
      Array.isArray(found) &&
      found.length === expected.length &&
      expected.every((each, index) => isSame(each, found[index]))
    );
  for (const field of Object.keys(expected))
    if (!isSame((expected as Record<string, unknown>)[field], (found as Record<string, unknown>)[field]))
      return false;
  return true;
}
