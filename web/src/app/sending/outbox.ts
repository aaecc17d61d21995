/**
 * What this device has to send, in the order in which it was entered. It outlives a reload and a closed window, sends when the line is
 * back, and repeats what had no answer with the same key, so that a cut between send and answer makes no second entry. It then asks
 * what became of each. Kept per person: nobody sends in another one's name. Windows side by side have one outbox: each shows and sends what
 * another has entered, and the key makes it count once.
 */
import { HttpClient } from '@angular/common/http';
import { computed, effect, inject, Service, signal, untracked } from '@angular/core';
import type { SubmissionBody } from '@fluxo/schemas';
import { firstValueFrom, type Observable, timeout } from 'rxjs';
import { type Problem, problemOf } from '../api/problem.ts';
import { Session } from '../api/session.ts';
import {
  type Command,
  type CommandState,
  isSameContent,
  isSettled,
  type NewCommand,
  withNewIds,
} from './command.ts';
import { forget, isKeptFor, keep, oldOf, readKept } from './kept-commands.ts';

const SEND_TIMEOUT_MS = 10_000;
const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 15_000;
const ASK_FIRST_MS = 150;
const ASK_MAX_MS = 3_000;
/** The API remembers keys for 45 days and what became of submissions for 90; some days less, because clocks of devices are off. */
const KEYS_MS = 40 * 86_400_000;
const SUBMISSIONS_MS = 85 * 86_400_000;

/** These judge the session, not what was sent: it may be another one next time. */
const SESSION_CODES = new Set(['csrf-token-invalid', 'origin-foreign']);

/** Answers that may be another one next time; anything else in the 400s is final. */
const isPassing = ({ status, code }: Problem): boolean =>
  status === 0 ||
  status >= 500 ||
  status === 401 ||
  status === 408 ||
  status === 409 ||
  status === 429 ||
  SESSION_CODES.has(code);

@Service()
export class Outbox {
  readonly #http = inject(HttpClient);
  readonly #session = inject(Session);
  readonly #commands = signal<readonly Command[]>([]);
  readonly #isOnline = signal(navigator.onLine);
  #owner: string | null = null;
  #isSending = false;
  #pauseMs = PAUSE_FIRST_MS;
  #wakeUp: ReturnType<typeof setTimeout> | undefined;
  readonly #asked = new Set<string>();

  readonly commands = this.#commands.asReadonly();
  readonly isOnline = this.#isOnline.asReadonly();
  /** How many have not been accepted yet. */
  readonly waiting = computed(() => this.#commands().filter(({ state }) => state.name === 'waiting').length);
  /** Grows whenever something is in the ledger that was not before, so that pages look again. */
  readonly settled = signal(0);

  constructor() {
    for (const name of ['online', 'offline'] as const)
      addEventListener(name, () => {
        this.#isOnline.set(navigator.onLine);
        this.#pauseMs = PAUSE_FIRST_MS;
        void this.#send();
      });
    addEventListener('storage', ({ key }) => {
      if (this.#owner === null || !isKeptFor(this.#owner, key)) return;
      this.#commands.set(readKept(this.#owner));
      void this.#send();
    });
    effect(() => {
      const owner = this.#session.person()?.id ?? null;
      untracked(() => this.#belongTo(owner));
    });
  }

  /**
   * Keeps it on this device, then sends it as soon as that is possible. A form that came twice counts once, unless it says something else
   * now, or was refused before: then it is another one, with ids of its own, because a duplicated window has the ids of the first.
   */
  put(command: NewCommand): void {
    const known = this.#known(command.id);
    if (known !== undefined && known.state.name !== 'refused' && isSameContent(known, command)) return;
    const ready = known === undefined ? command : withNewIds(command);
    const made: Command = {
      ...ready,
      madeAt: new Date().toISOString(),
      state: { name: 'waiting', isUnsent: true },
    };
    this.#keep(made);
    this.#commands.update((commands) => [...commands, made]);
    void this.#send();
  }

  find(id: string): Command | undefined {
    return this.#commands().find((command) => command.id === id);
  }

  /** Takes a settled one off the list. */
  drop(id: string): void {
    const command = this.find(id);
    if (command === undefined || !isSettled(command)) return;
    this.#commands.update((commands) => commands.filter((each) => each !== command));
    if (this.#owner !== null) forget(this.#owner, id);
  }

  #belongTo(owner: string | null): void {
    if (owner === this.#owner) return;
    this.#owner = owner;
    this.#commands.set(owner === null ? [] : readKept(owner));
    for (const { id, state } of this.#commands()) if (state.name === 'accepted') void this.#ask(id);
    void this.#send();
  }

  /** Here, or put by another window of which this one has not heard yet. */
  #known(id: string): Command | undefined {
    const kept = this.#owner === null ? [] : readKept(this.#owner);
    return [...this.#commands(), ...kept].find((command) => command.id === id);
  }

  #keep(command: Command): void {
    if (this.#owner !== null) keep(this.#owner, command);
  }

  /** An answer is about what was sent: what has the same id under another key is a correction that came meanwhile. */
  #become({ id, idempotencyKey }: Command, state: CommandState): void {
    const command = this.find(id);
    if (command?.idempotencyKey !== idempotencyKey) return;
    const changed = { ...command, state };
    this.#commands.update((commands) => commands.map((each) => (each === command ? changed : each)));
    this.#keep(changed);
    if (state.name !== 'posted') return;
    for (const old of oldOf(this.#commands())) this.drop(old.id);
    this.settled.update((count) => count + 1);
  }

  /** One after the other, in order; what has no answer is sent again after a pause, before anything behind it. */
  async #send(): Promise<void> {
    if (this.#isSending || !navigator.onLine) return;
    clearTimeout(this.#wakeUp);
    this.#isSending = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        if (await this.#sendOne(next)) this.#pauseMs = PAUSE_FIRST_MS;
        else {
          this.#wakeUp = setTimeout(() => void this.#send(), this.#pauseMs);
          this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MAX_MS);
          return;
        }
      }
    } finally {
      this.#isSending = false;
    }
  }

  #next(): Command | undefined {
    return this.#commands().find(({ state }) => state.name === 'waiting');
  }

  /** False if there was no answer that says what became of it. */
  async #sendOne(command: Command): Promise<boolean> {
    try {
      const state = await this.#submit(command);
      this.#become(command, state);
      if (state.name === 'accepted') void this.#ask(command.id);
      return true;
    } catch (error) {
      const problem = problemOf(error);
      const { status, code, detail } = problem;
      // The session may have another token since, or be another person's; it is asked for anew before the next attempt.
      if (status === 401 || status === 403) await this.#session.load().catch(() => null);
      if (isPassing(problem)) return false;
      this.#become(command, { name: 'refused', code, detail });
      return true;
    }
  }

  async #submit(command: Command): Promise<CommandState> {
    const { merchantId, method, path, body, idempotencyKey, state } = command;
    const isFirst = state.name === 'waiting' && state.isUnsent;
    if (isFirst) this.#become(command, { name: 'waiting', isUnsent: false });
    const old = isFirst ? null : await this.#stateOfOld(command);
    if (old !== null) return old;
    const url = `/api/merchants/${encodeURIComponent(merchantId)}${path}`;
    const headers = { 'idempotency-key': idempotencyKey };
    try {
      return await this.#answer(this.#http.request<SubmissionBody>(method, url, { body, headers }));
    } catch (error) {
      if (isFirst || isPassing(problemOf(error))) throw error;
      // An attempt before this one may have been accepted, and its answer lost: then that is what counts.
      const known = await this.#stateAtApi(command);
      if (known === null) throw error;
      return known;
    }
  }

  /** What became of what was sent so long ago that its key would not tell a repetition any more. Null: nothing, it may be sent. */
  async #stateOfOld(command: Command): Promise<CommandState | null> {
    const ageMs = Date.now() - Date.parse(command.madeAt);
    if (ageMs < KEYS_MS) return null;
    // In the session of somebody else the API would know nothing of it, and a question has no token that would show it.
    await this.#session.load();
    const known = await this.#stateAtApi(command);
    if (known !== null || ageMs < SUBMISSIONS_MS) return known;
    return { name: 'refused', code: 'stale-submission', detail: null };
  }

  /** What the API says of it; null: it has not accepted it in the 90 days that it remembers. Throws what says neither. */
  async #stateAtApi({ id, merchantId }: Command): Promise<CommandState | null> {
    const url = `/api/merchants/${encodeURIComponent(merchantId)}/submissions/${id}`;
    try {
      return await this.#answer(this.#http.get<SubmissionBody>(url));
    } catch (error) {
      if (problemOf(error).code === 'submission-unknown') return null;
      throw error;
    }
  }

  /** Throws where there is none, and before anything would go out in the name of somebody who has signed in since. */
  async #answer(request: Observable<SubmissionBody>): Promise<CommandState> {
    if (this.#session.person()?.id !== this.#owner) throw new Error('this is not the session of its person');
    return stateOf(await firstValueFrom(request.pipe(timeout(SEND_TIMEOUT_MS))));
  }

  /** Asks until the ledger has decided. */
  async #ask(id: string): Promise<void> {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    let pauseMs = ASK_FIRST_MS;
    for (;;) {
      const command = this.find(id);
      if (command?.state.name !== 'accepted') break;
      const state = await this.#stateAtApi(command).catch(() => null);
      if (state !== null && state.name !== 'accepted') this.#become(command, state);
      else await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(1.5 * pauseMs, ASK_MAX_MS);
    }
    this.#asked.delete(id);
  }
}

function stateOf({ state, ledgerSeq, businessDate, code, detail }: SubmissionBody): CommandState {
  if (state === 'accepted') return { name: 'accepted' };
  if (state === 'rejected') return { name: 'refused', code: code ?? 'unknown', detail: detail ?? null };
  // Another submission of this id is in the ledger; this one, whatever it says, counts nothing.
  if (state === 'duplicate') return { name: 'refused', code: 'duplicate', detail: null };
  return { name: 'posted', ledgerSeq: ledgerSeq ?? null, businessDate: businessDate ?? null };
}
