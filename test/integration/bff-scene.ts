/**
 * A whole stack with the page's back end, for tests of it: browsers to sign people in with, what the BFF keeps of them, the query API's own
 * answers to compare with, and everything that must not be found where others could read it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PersonId } from '@fluxo/identity';
import type { DayPageBody } from '@fluxo/schemas';
import type { Session } from '../../bff/sessions/session.ts';
import { SessionStore } from '../../bff/sessions/session-store.ts';
import { PageBrowser, type SeenEvent } from '../../testing/page-browser.ts';
import { openShops } from '../../testing/shops.ts';
import { type StackOptions, startStack, type TestStack } from '../../testing/stacks.ts';

export const SESSION_COOKIE = '__Host-fluxo-session';
export const SIGN_IN_COOKIE = '__Host-fluxo-sign-in';

/** An entry as the page sends it, into the first account of the day's merchant. */
export const anEntry = ({ merchant }: DayPageBody, amountMinor: number) => ({
  accountId: merchant.accounts[0]?.accountId,
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor,
  currency: merchant.accounts[0]?.currency,
  occurredAt: new Date().toISOString(),
});

export const nameIn = (browser: PageBrowser, cookie = SESSION_COOKIE): string =>
  browser.cookies.get(cookie) ?? '';

/** Reads a line until an event of this kind comes. */
export async function nextEvent(
  line: AsyncGenerator<SeenEvent>,
  kind: SeenEvent['event'],
): Promise<SeenEvent> {
  for (;;) {
    const { value, done } = await line.next();
    if (done === true) throw new Error(`the line ended before ${kind}`);
    if (value.event === kind) return value;
  }
}

export class BffScene {
  readonly stack: TestStack;
  /** Looks at, and meddles with, what the BFF keeps. */
  readonly store: SessionStore;
  readonly browsers: PageBrowser[] = [];
  /** Every access and refresh token that was met. */
  readonly #tokens = new Set<string>();

  private constructor(stack: TestStack) {
    this.stack = stack;
    this.store = new SessionStore(`${stack.addresses.redis}/1`);
  }

  /** Starts the stack, with a few entries of seven merchants. */
  static async open(options: StackOptions = {}): Promise<BffScene> {
    const stack = await startStack({ signIn: true, ...options });
    await openShops(stack);
    return new BffScene(stack);
  }

  async close(): Promise<void> {
    this.store.close();
    await this.stack.destroy();
  }

  newBrowser(): PageBrowser {
    const browser = new PageBrowser(this.stack.addresses.bff);
    this.browsers.push(browser);
    return browser;
  }

  async signedIn(person: PersonId): Promise<PageBrowser> {
    const browser = this.newBrowser();
    await browser.signIn(person);
    return browser;
  }

  async sessionOf(browser: PageBrowser): Promise<Session> {
    const session = await this.store.read(nameIn(browser));
    if (session === null) throw new Error('there is no session');
    this.#tokens.add(session.tokens.access).add(session.tokens.refresh);
    return session;
  }

  /** The query API's own answer to this person. */
  async fromQueryApi(browser: PageBrowser, path: string): Promise<unknown> {
    const { tokens } = await this.sessionOf(browser);
    const headers = { authorization: `Bearer ${tokens.access}` };
    return (await fetch(`${this.stack.addresses.queryApi}/v1/merchants/${path}`, { headers })).json();
  }

  /** Tokens of everybody who was met or is signed in, their signatures alone, and the secrets of the stack's programs. */
  async secrets(): Promise<readonly string[]> {
    for (const browser of this.browsers)
      if ((await this.store.read(nameIn(browser))) !== null) await this.sessionOf(browser);
    const tokens = [...this.#tokens].flatMap((token) => [token, token.split('.')[2] ?? token]);
    return [...tokens, ...Object.values(this.clientSecrets())];
  }

  clientSecrets(): Readonly<Record<string, string>> {
    const file = join(this.stack.place.home, 'identity', 'client-secrets.json');
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  }

  /** Every log by the name of its file. */
  logs(): readonly (readonly [string, string])[] {
    const folder = join(this.stack.place.home, 'logs');
    return readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const);
  }
}
