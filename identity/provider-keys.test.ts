/** What keys do over time, against a provider on a real socket: only the calendar is moved by hand. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { AUDIENCE, type IssuerKey, newKey, TokenIssuer } from '../testing/token-issuer.ts';
import { ASK_EVERY_MS, KEYS_AGE_MAX_MS, ProviderKeys, REFRESH_AFTER_MS } from './provider-keys.ts';
import { TokenVerifier } from './token-verifier.ts';

let issuer: TokenIssuer;
let verifier: TokenVerifier;
let failures: unknown[];

/** Everything but the calendar goes on by itself. */
const goesOn = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

beforeEach(async () => {
  jest.useFakeTimers({ now: Date.now(), doNotFake: [...goesOn] });
  issuer = await TokenIssuer.start();
  failures = [];
  const keys = new ProviderKeys(issuer.url, (error) => failures.push(error));
  verifier = new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys });
});
afterEach(async () => {
  jest.useRealTimers();
  await issuer.goAway();
});

/** Lets this much time pass, in milliseconds. */
const pass = (ms: number) => jest.setSystemTime(Date.now() + ms);

/** A token that outlives every test. */
const lasting = (key?: IssuerKey) =>
  issuer.token({
    claims: { exp: Math.floor(Date.now() / 1_000) + 86_400 },
    ...(key === undefined ? {} : { key }),
  });

const outcomeOf = async (token: string): Promise<string> =>
  verifier.verify(token).then(
    ({ subject }) => subject,
    (error: { code: string }) => error.code,
  );

describe('the keys of the provider', () => {
  test('are fetched once for many tokens', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => lasting()));
    expect(new Set(await Promise.all(tokens.map(outcomeOf)))).toEqual(new Set(['somebody']));
    expect(issuer.asked).toBe(1);
  });

  test('a rotated key is met at its first token', async () => {
    await outcomeOf(await lasting());
    const second = await newKey('second');
    issuer.keys.push(second);
    pass(ASK_EVERY_MS);
    expect(await outcomeOf(await lasting(second))).toBe('somebody');
    expect(issuer.asked).toBe(2);
  });

  test('made-up key ids do not make us ask without end', async () => {
    await outcomeOf(await lasting());
    pass(ASK_EVERY_MS);
    for (let count = 0; count < 50; count++)
      expect(await outcomeOf(await issuer.token({ header: { kid: `made-up-${count}` } }))).toBe(
        'token-invalid',
      );
    expect(issuer.asked).toBe(2);
  });

  test('a withdrawn key is forgotten, also for tokens that were let in before', async () => {
    const old = await lasting();
    expect(await outcomeOf(old)).toBe('somebody');
    issuer.keys = [await newKey('second')];
    pass(REFRESH_AFTER_MS);
    while ((await outcomeOf(old)) === 'somebody') await new Promise((resolve) => setImmediate(resolve));
    expect(await outcomeOf(old)).toBe('token-invalid');
    expect(issuer.asked).toBe(2);
  });

  test('of a provider that is down serve for ten minutes, then nobody is let in, then it is back', async () => {
    const [known, fresh] = [await lasting(), await lasting()];
    expect(await outcomeOf(known)).toBe('somebody');
    await issuer.goAway();
    pass(KEYS_AGE_MAX_MS - 1);
    expect(await outcomeOf(known)).toBe('somebody');
    expect(await outcomeOf(fresh)).toBe('somebody');
    while (failures.length === 0) await new Promise((resolve) => setImmediate(resolve));
    pass(ASK_EVERY_MS);
    expect(await outcomeOf(known)).toBe('sign-in-unavailable');
    expect(await outcomeOf(await lasting())).toBe('sign-in-unavailable');
    await issuer.comeBack();
    pass(ASK_EVERY_MS);
    expect(await outcomeOf(known)).toBe('somebody');
  });

  test('of a provider that is down are asked for once in a while, however many come', async () => {
    await issuer.goAway();
    for (let count = 0; count < 20; count++)
      expect(await outcomeOf(await lasting())).toBe('sign-in-unavailable');
    expect(failures).toHaveLength(1);
    pass(ASK_EVERY_MS);
    expect(await outcomeOf(await lasting())).toBe('sign-in-unavailable');
    expect(failures).toHaveLength(2);
  });

  describe('where the calendar was an hour ahead and is put right', () => {
    const AHEAD_MS = 3_600_000;
    /** What the other clock says of the time that passes. */
    let running: ReturnType<typeof jest.spyOn>;
    let passedMs = 0;

    beforeEach(() => {
      const real = performance.now.bind(performance);
      passedMs = 0;
      running = jest.spyOn(performance, 'now').mockImplementation(() => real() + passedMs);
      pass(AHEAD_MS);
    });
    afterEach(() => running.mockRestore());

    const putRight = () => pass(-AHEAD_MS);
    const goOn = (ms: number) => {
      passedMs += ms;
      pass(ms);
    };

    test('a provider that was away is asked again', async () => {
      await issuer.goAway();
      expect(await outcomeOf(await lasting())).toBe('sign-in-unavailable');
      await issuer.comeBack();
      putRight();
      goOn(ASK_EVERY_MS);
      expect(await outcomeOf(await lasting())).toBe('somebody');
    });

    test('a rotated key is met at its first token', async () => {
      await outcomeOf(await lasting());
      putRight();
      const second = await newKey('second');
      issuer.keys.push(second);
      goOn(ASK_EVERY_MS);
      expect(await outcomeOf(await lasting(second))).toBe('somebody');
    });

    test('keys serve no longer than ever', async () => {
      const known = await lasting();
      expect(await outcomeOf(known)).toBe('somebody');
      await issuer.goAway();
      putRight();
      goOn(KEYS_AGE_MAX_MS - ASK_EVERY_MS);
      expect(await outcomeOf(known)).toBe('somebody');
      goOn(2 * ASK_EVERY_MS);
      expect(await outcomeOf(known)).toBe('sign-in-unavailable');
    });
  });

  test('of another issuer behind the same address are not taken', async () => {
    const alias = issuer.url.replace('127.0.0.1', 'localhost');
    const keys = new ProviderKeys(alias, (error) => failures.push(error));
    verifier = new TokenVerifier({ issuer: alias, audience: AUDIENCE, keys });
    expect(await outcomeOf(await issuer.token({ claims: { iss: alias } }))).toBe('sign-in-unavailable');
    expect(String(failures)).toContain('another issuer');
  });
});

describe('what was verified once', () => {
  test('does not outlive the token', async () => {
    const token = await issuer.token();
    expect(await outcomeOf(token)).toBe('somebody');
    pass(304_000);
    expect(await outcomeOf(token)).toBe('somebody');
    pass(2_000);
    expect(await outcomeOf(token)).toBe('token-invalid');
  });
});
