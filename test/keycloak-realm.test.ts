/** The realm that compose gives to Keycloak says of the demo people and programs what the local provider says of them. No server needed. */
import { readFileSync } from 'node:fs';
import { LOCAL_PASSWORD } from '@fluxo/stack';
import { expect, test } from '@jest/globals';
import { MERCHANTS_CLAIM, ROLES_CLAIM, scopes } from '../identity/caller.ts';
import { claimsOf, demoPeople, machineRights, type Rights } from '../identity/demo-people.ts';

type User = {
  readonly username: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly realmRoles: readonly string[];
  readonly attributes: Readonly<Record<string, readonly string[]>>;
};
type Client = {
  readonly clientId: string;
  readonly secret: string;
  readonly optionalClientScopes: readonly string[];
  readonly redirectUris: readonly string[];
};
type Realm = {
  readonly clients: readonly Client[];
  readonly users: readonly User[];
  readonly scopeMappings: readonly { readonly clientScope: string; readonly roles: readonly string[] }[];
};

const realm = JSON.parse(
  readFileSync(new URL('../infra/keycloak/fluxo-realm.json', import.meta.url), 'utf8'),
) as Realm;

/** As a user of the realm: roles are what scopes are cut by. */
function rightsOf({ realmRoles, attributes }: User) {
  const { [MERCHANTS_CLAIM]: merchants = [], [ROLES_CLAIM]: roles = [], ...others } = attributes;
  return { scopes: realmRoles, claims: { [MERCHANTS_CLAIM]: merchants, [ROLES_CLAIM]: roles }, others };
}

const expected = (rights: Rights) => ({ scopes: rights.scopes, claims: claimsOf(rights), others: {} });

test('people have the rights and the names of the local provider', () => {
  const people = realm.users.filter(({ username }) => !username.startsWith('service-account-'));
  expect(Object.fromEntries(people.map((user) => [user.username, rightsOf(user)]))).toEqual(
    Object.fromEntries(Object.entries(demoPeople).map(([id, person]) => [id, expected(person)])),
  );
  for (const { username, firstName, lastName } of people)
    expect(`${firstName} ${lastName}`).toBe(demoPeople[username as keyof typeof demoPeople].name);
});

test('programs have theirs, and secrets that everybody knows', () => {
  for (const { clientId, secret, optionalClientScopes } of realm.clients) {
    expect([clientId, secret]).toEqual([clientId, LOCAL_PASSWORD]);
    const account = realm.users.find(({ username }) => username === `service-account-${clientId}`);
    const rights = machineRights[clientId as keyof typeof machineRights];
    if (account === undefined) expect([clientId, rights.scopes]).toEqual(['fluxo-bff', []]);
    else {
      expect(rightsOf(account)).toEqual(expected(rights));
      expect(optionalClientScopes).toEqual(rights.scopes);
    }
  }
  expect(realm.clients.map(({ clientId }) => clientId).toSorted()).toEqual(
    Object.keys(machineRights).toSorted(),
  );
});

test('a scope is given to those who have the role of its name', () => {
  expect(realm.scopeMappings).toEqual(
    Object.keys(scopes).map((name) => ({ clientScope: name, roles: [name] })),
  );
});
