/**
 * A sign-in provider for tests: discovery document and keys over real HTTP on loopback, and tokens of any shape, true or forged. It can
 * rotate its keys, go away and come back at the same address. There is no sign-in in it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { MERCHANTS_CLAIM } from '@fluxo/identity';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';

export const AUDIENCE = 'urn:fluxo:test';

export type IssuerKey = { readonly kid: string; readonly privateKey: CryptoKey; readonly publicJwk: JWK };

export async function newKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** PEM: the key and the certificate by which it is reached over TLS. */
export type Identification = { readonly key: string; readonly cert: string };

export type TokenShape = {
  /** Changes to the usual claims; undefined takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Partial<JWTHeaderParameters> & Record<string, unknown>;
  readonly key?: IssuerKey;
};

export class TokenIssuer {
  /** What it publishes. */
  keys: IssuerKey[];
  /** How often its keys were asked for. */
  asked = 0;
  /** How it shows who it is when it comes back; null: without TLS. */
  identification: Identification | null;
  #server: Server | null = null;
  #port = 0;

  private constructor(key: IssuerKey, identification: Identification | null) {
    this.keys = [key];
    this.identification = identification;
  }

  static async start(identification: Identification | null = null): Promise<TokenIssuer> {
    const issuer = new TokenIssuer(await newKey('first'), identification);
    await issuer.comeBack();
    return issuer;
  }

  get url(): string {
    return `${this.identification === null ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  async comeBack(): Promise<void> {
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      this.#answer(request.url ?? '', response);
    this.#server =
      this.identification === null ? createServer(answer) : createTlsServer(this.identification, answer);
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async goAway(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  /** A token as the provider makes them for merchant m-1, with these changes. */
  async token({ claims, header, key = this.#signer() }: TokenShape = {}): Promise<string> {
    const nowS = Math.floor(Date.now() / 1_000);
    const usual = {
      iss: this.url,
      aud: AUDIENCE,
      sub: 'somebody',
      client_id: 'a-test',
      iat: nowS,
      exp: nowS + 300,
      scope: 'balances:read',
      [MERCHANTS_CLAIM]: ['m-1'],
    };
    const alg = key.publicJwk.alg ?? 'ES256';
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg, typ: 'at+jwt', kid: key.kid, ...header })
      .sign(key.privateKey, { crit: {} });
  }

  #signer(): IssuerKey {
    const [key] = this.keys;
    if (key === undefined) throw new Error('an issuer without keys signs nothing');
    return key;
  }

  #answer(url: string, response: ServerResponse): void {
    const isDiscovery = url === '/.well-known/openid-configuration';
    if (!isDiscovery) this.asked += 1;
    const body = isDiscovery
      ? { issuer: this.url, jwks_uri: `${this.url}/keys` }
      : { keys: this.keys.map(({ publicJwk }) => publicJwk) };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }
}
