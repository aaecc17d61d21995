/** How Kafka writes what a reader wants to see. */
export const isolationLevels = { read_uncommitted: 0, read_committed: 1 } as const;
