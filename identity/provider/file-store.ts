/**
 * Sessions, grants and codes of the local provider, in memory and in one file, so that a restart keeps people signed in. Enough for the
 * few people of one machine: every change writes the whole file. What has expired is left out.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { writeOwnersFile } from './kept-keys.ts';

type Entry = { readonly payload: AdapterPayload; readonly expiresAtMs: number | null };

export class FileStore {
  readonly #file: string;
  readonly #entries: Map<string, Entry>;

  constructor(file: string) {
    this.#file = file;
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '[]';
    this.#entries = new Map(JSON.parse(text) as [string, Entry][]);
  }

  /** What oidc-provider calls an adapter: one kind of thing (Session, Grant, …) in this store. */
  readonly adapter: AdapterFactory = (kind): Adapter => {
    const keyOf = (id: string) => `${kind} ${id}`;
    return {
      upsert: async (id, payload, expiresInS) => {
        const expiresAtMs = expiresInS === undefined ? null : Date.now() + expiresInS * 1_000;
        this.#entries.set(keyOf(id), { payload, expiresAtMs });
        this.#write();
      },
      find: async (id) => this.#alive(keyOf(id))?.payload,
      findByUid: async (uid) => this.#first(kind, (payload) => payload.uid === uid),
      findByUserCode: async (code) => this.#first(kind, (payload) => payload.userCode === code),
      consume: async (id) => {
        const entry = this.#alive(keyOf(id));
        if (entry === undefined) return;
        const consumed = Math.floor(Date.now() / 1_000);
        this.#entries.set(keyOf(id), { ...entry, payload: { ...entry.payload, consumed } });
        this.#write();
      },
      destroy: async (id) => {
        this.#entries.delete(keyOf(id));
        this.#write();
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, { payload }] of this.#entries)
          if (payload.grantId === grantId) this.#entries.delete(key);
        this.#write();
      },
    };
  };

  #alive(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || isOver(entry) ? undefined : entry;
  }

  #first(kind: string, isIt: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const [key, entry] of this.#entries)
      if (key.startsWith(`${kind} `) && !isOver(entry) && isIt(entry.payload)) return entry.payload;
    return undefined;
  }

  #write(): void {
    for (const [key, entry] of this.#entries) if (isOver(entry)) this.#entries.delete(key);
    writeOwnersFile(this.#file, JSON.stringify([...this.#entries]));
  }
}

function isOver({ expiresAtMs }: Entry): boolean {
  return expiresAtMs !== null && expiresAtMs <= Date.now();
}
