/**
 * Does `work` for every item, `limit` of them at once, in their order. Resolves when all are done. When one fails no other is begun, those under
 * way are told by `isEnding`, and the first failure is thrown once they have ended: nothing goes on behind the caller's back.
 */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, isEnding: () => boolean) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const failures: unknown[] = [];
  const isEnding = () => failures.length > 0;
  const workOff = async () => {
    for (const item of left) {
      if (isEnding()) return;
      try {
        await work(item, isEnding);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, workOff));
  if (isEnding()) throw failures[0];
}
