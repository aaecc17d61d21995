/**
 * A whole stack with sign-in, two merchants whose day is far from its end, a month of their past, and a real browser in front of the page.
 * Everything is entered over HTTP, as people enter it; the figures to compare with are the query API's.
 */
import { AxeBuilder } from '@axe-core/playwright';
import type { BalanceBody, MerchantBody } from '@fluxo/schemas';
import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { fluxo } from '../../testing/fluxo-command.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { zoneAtNoon } from '../../testing/zone-at-noon.ts';

/** A busy machine is no failure. */
const PATIENCE_MS = 90_000;
const DAY_MS = 86_400_000;
const HISTORY_DAYS = 24;

export const SHOP = 'sim-0001';
export const OTHER_SHOP = 'sim-0002';

export class PageScene {
  readonly stack: TestStack;
  readonly browser: Browser;
  readonly #token: string;

  private constructor(stack: TestStack, browser: Browser, token: string) {
    this.stack = stack;
    this.browser = browser;
    this.#token = token;
  }

  static async start(): Promise<PageScene> {
    const stack = await startStack({ signIn: true });
    const token = (await fluxo(['token', '--as', 'owner'], stack.env)).trim();
    const browser = await openBrowser();
    const scene = new PageScene(stack, browser, token);
    await scene.#configure(SHOP, 'Padaria Estrela');
    await scene.#configure(OTHER_SHOP, 'Empório Lua');
    await scene.#live(SHOP);
    await fluxo(['wait'], stack.env);
    return scene;
  }

  get url(): string {
    return this.stack.addresses.bff;
  }

  async end(): Promise<void> {
    await this.browser.close();
    await this.stack.destroy();
  }

  /** A window of somebody who is signed in. What its page says on the console goes into `errors`. */
  visit(who: string, options: BrowserContextOptions = {}): Promise<Visit> {
    return visitAs(this, who, options);
  }

  balance(date: string): Promise<BalanceBody> {
    return this.ask(`/v1/merchants/${SHOP}/balances/${date}`);
  }

  merchant(): Promise<MerchantBody> {
    return this.ask(`/v1/merchants/${SHOP}`);
  }

  /** What the query API says. */
  async ask<Body>(path: string): Promise<Body> {
    const answer = await fetch(`${this.stack.addresses.queryApi}${path}`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }

  /** A sale of now, paid into the bank. */
  async sell(merchantId: string, amountMinor: number): Promise<void> {
    const sale = { ...entryOf('PIX', 'bank', amountMinor, Date.now()), kind: 'SALE', direction: 'CREDIT' };
    await this.#enter('POST', merchantId, '/entries', sale);
  }

  async #configure(merchantId: string, name: string): Promise<void> {
    await this.#enter('PUT', merchantId, '', {
      name,
      zone: zoneAtNoon(),
      cutoffMinutes: 0,
      effectiveFrom: '2020-01-01',
      lateEntries: 'BOOK_TODAY',
      backdateLimitDays: 30,
      accounts: [
        { accountId: 'drawer-1', name: 'Caixa 1', type: 'DRAWER', currency: 'BRL' },
        { accountId: 'safe', name: 'Cofre', type: 'SAFE', currency: 'BRL' },
        { accountId: 'bank', name: 'Banco', type: 'BANK', currency: 'BRL' },
        { accountId: 'acquirer', name: 'Maquininha', type: 'ACQUIRER', currency: 'BRL' },
      ],
    });
    await fluxo(['wait'], this.stack.env);
  }

  /** Weeks in which a shop sold things: always the same amounts, so that pictures can be compared. */
  async #live(merchantId: string): Promise<void> {
    const entries = Array.from({ length: HISTORY_DAYS }, (_, day) =>
      entriesOfDay(HISTORY_DAYS - 1 - day),
    ).flat();
    for (let from = 0; from < entries.length; from += 400)
      await this.#enter('POST', merchantId, '/entries:batch', { entries: entries.slice(from, from + 400) });
  }

  async #enter(method: string, merchantId: string, path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.stack.addresses.entriesApi}/v1/merchants/${merchantId}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
}

export function openBrowser(): Promise<Browser> {
  return sparticuz
    .executablePath()
    .then((executablePath) => chromium.launch({ executablePath, args: ['--no-sandbox', '--lang=pt-BR'] }));
}

/** A browser, and where the page is. */
export type Place = { readonly browser: Browser; readonly url: string };

/** A window of somebody who is signed in. What its page says on the console goes into `errors`. */
export async function visitAs(
  place: Place,
  who: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await place.browser.newContext({
    locale: 'pt-BR',
    viewport: { width: 1280, height: 860 },
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const visit = new Visit(place, page);
  await page.goto(place.url);
  await page.click('a[href^="/auth/login"]');
  await page.click(`button[value="${who}"]`);
  await page.waitForSelector('fx-shell');
  return visit;
}

/** One signed-in window. */
export class Visit {
  readonly page: Page;
  /** Errors of the page itself; an answer that says no is none. */
  readonly errors: string[] = [];
  /** How often the page has asked the back end. */
  asked = 0;
  readonly #url: string;

  constructor({ url }: Pick<Place, 'url'>, page: Page) {
    this.#url = url;
    page.on('request', (request) => {
      if (request.url().includes('/api/')) this.asked += 1;
    });
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) this.errors.push(message.text());
    });
  }

  async open(place: string): Promise<void> {
    await this.page.goto(`${this.#url}/m/${SHOP}/${place}`);
  }

  /** The figure of this name on the page, minor units, once it is there. */
  async figure(name: string): Promise<number> {
    const value = await this.page
      .locator(`[data-testid=${name}][data-minor]`)
      .first()
      .getAttribute('data-minor');
    return Number(value);
  }

  async shows(name: string, minor: number): Promise<void> {
    await this.page.waitForSelector(`[data-testid=${name}][data-minor="${minor}"]`);
  }

  /** Chooses in one of Material's selects. */
  async choose(field: string, option: string): Promise<void> {
    await this.page.getByRole('combobox', { name: field }).click();
    await this.page.getByRole('option', { name: option, exact: true }).click();
  }

  /** The id of the form that is open. */
  async formId(): Promise<string> {
    return (await this.page.locator('form[data-form]').getAttribute('data-form')) ?? '';
  }

  /** Until what was sent under this id is in this state. */
  async becomes(id: string, state: string): Promise<void> {
    await this.page.waitForSelector(`[data-submission="${id}"][data-state="${state}"]`);
  }

  /** What axe calls serious or critical, each with where. */
  async objections(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

const sales = [
  ['PIX', 'bank', 18_990],
  ['CREDIT_CARD', 'acquirer', 24_550],
  ['DEBIT_CARD', 'acquirer', 13_275],
  ['CASH', 'drawer-1', 9_640],
  ['PIX', 'bank', 4_215],
  ['VOUCHER', 'acquirer', 3_180],
] as const;

/** A day's business, so many days ago: some more, some less, with a refund now and then and a fee every day. */
function entriesOfDay(daysAgo: number): object[] {
  const noon = Date.now() - daysAgo * DAY_MS;
  const busy = [14, 9, 11, 8, 17, 23, 5][daysAgo % 7] ?? 10;
  const out = [
    { kind: 'FEE', method: 'CREDIT_CARD', accountId: 'acquirer', amountMinor: 1_130 + 7 * busy },
    ...(daysAgo % 5 === 3 ? [{ kind: 'REFUND', method: 'PIX', accountId: 'bank', amountMinor: 7_450 }] : []),
    ...(daysAgo % 6 === 2
      ? [{ kind: 'CASH_OUT', method: 'BOLETO', accountId: 'bank', amountMinor: 312_000 }]
      : []),
  ].map(({ kind, method, accountId, amountMinor }) => ({
    ...entryOf(method, accountId, amountMinor, noon - 60_000),
    kind,
    direction: 'DEBIT',
  }));
  const sold = Array.from({ length: busy }, (_, index) => {
    const [method, accountId, amountMinor] = sales[index % sales.length] as (typeof sales)[number];
    const at = noon - (busy - index) * 120_000;
    return {
      ...entryOf(method, accountId, amountMinor + 137 * index, at),
      kind: 'SALE',
      direction: 'CREDIT',
    };
  });
  return [...sold, ...out];
}

function entryOf(paymentMethod: string, accountId: string, amountMinor: number, atMs: number) {
  const occurredAt = new Date(atMs).toISOString();
  return { entryId: crypto.randomUUID(), accountId, paymentMethod, amountMinor, currency: 'BRL', occurredAt };
}
