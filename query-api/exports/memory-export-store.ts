/** Exports in this process: the store in its plainest form, for tests. */
import {
  type ExportFile,
  type ExportPositions,
  type ExportStore,
  positionsIn,
  positionsText,
} from './export-store.ts';

export class MemoryExportStore implements ExportStore {
  /** By their keys, in the order in which they were written. */
  readonly files = new Map<string, Buffer>();
  #positions = '{}';

  async putOnce({ key, body }: ExportFile): Promise<boolean> {
    if (this.files.has(key)) return false;
    this.files.set(key, body);
    return true;
  }

  async has(key: string): Promise<boolean> {
    return this.files.has(key);
  }

  async positions(): Promise<ExportPositions> {
    return positionsIn(this.#positions);
  }

  async keepPositions(positions: ExportPositions): Promise<void> {
    this.#positions = positionsText(positions);
  }
}
