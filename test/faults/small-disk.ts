/** A disk so small that a test can fill it: a filesystem in memory, mounted where a server is going to keep its data. Only root may mount one. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BLOCK = Buffer.alloc(64 * 1024, 'x');

function hasMounted(folder: string, megabytes: number): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]).status === 0;
}

/** Whether this process may mount. */
export function isMountable(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'fluxo-disk-'));
  const hasWorked = hasMounted(folder, 1);
  if (hasWorked) spawnSync('umount', [folder]);
  rmdirSync(folder);
  return hasWorked;
}

export class SmallDisk {
  readonly #folder: string;
  readonly #filler: string;
  readonly #unmountAtExit = () => this.unmount();

  /** The folder is made if it is new, and must be nobody's yet. Throws where mounting is not permitted. */
  constructor(folder: string, megabytes: number) {
    this.#folder = folder;
    this.#filler = join(folder, 'filler');
    mkdirSync(folder, { recursive: true });
    if (!hasMounted(folder, megabytes))
      throw new Error(
        `no filesystem could be mounted at ${folder}: this test needs to be root, and may then mount only outside most containers`,
      );
    process.once('exit', this.#unmountAtExit);
  }

  /** Takes the last byte; how many there were. */
  fill(): number {
    const file = openSync(this.#filler, 'w');
    try {
      for (let bytes = 0, size = BLOCK.length; ; ) {
        const written = writtenOf(file, size);
        bytes += written;
        if (written === size) continue;
        if (size === 1) return bytes;
        size = 1;
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives back what `fill` has taken. */
  free(): void {
    rmSync(this.#filler);
  }

  /** Whoever still uses it keeps it until he ends; its folder is empty at once. */
  unmount(): void {
    process.off('exit', this.#unmountAtExit);
    spawnSync('umount', ['--lazy', this.#folder]);
  }
}

/** How many bytes found room. */
function writtenOf(file: number, size: number): number {
  try {
    return writeSync(file, BLOCK, 0, size);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw error;
  }
}
