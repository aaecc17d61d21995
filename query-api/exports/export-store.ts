/**
 * Where exports are kept. What a store promises: a file is written whole or not at all, never over another, and is there when `putOnce`
 * resolves, whoever wrote it. Positions are what was kept last; that they were kept says that all files before them are there.
 */
export type ExportFile = {
  readonly key: string;
  /** Media type. */
  readonly contentType: string;
  readonly body: Buffer;
};

/** Partition → source offset of the last closing that was exported. */
export type ExportPositions = ReadonlyMap<number, number>;

export interface ExportStore {
  /** Resolves with false if a file of this key was there, whatever it holds. */
  putOnce(file: ExportFile): Promise<boolean>;
  /** Whether a file of this key is there. */
  has(key: string): Promise<boolean>;
  /** Empty where none were kept. */
  positions(): Promise<ExportPositions>;
  keepPositions(positions: ExportPositions): Promise<void>;
}

/** Of what is stored and of what is read back: JSON with the partitions as names. */
export function positionsText(positions: ExportPositions): string {
  return JSON.stringify(Object.fromEntries(positions));
}

export function positionsIn(text: string): ExportPositions {
  const stored = JSON.parse(text) as Record<string, number>;
  return new Map(Object.entries(stored).map(([partition, offset]) => [Number(partition), offset]));
}
