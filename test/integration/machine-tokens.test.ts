/**
 * Merchants of programs at Cognito: what the function answers when Cognito asks it about a token by client credentials (event version 3, as its guide shows
 * it), out of a table; and that a token with these claims opens these merchants and no others. Needs python3 and pip (moto); no AWS.
 */
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mayReach } from '../../identity/caller.ts';
import { ProviderKeys } from '../../identity/provider-keys.ts';
import { TokenVerifier } from '../../identity/token-verifier.ts';
import { CLIENT_KEY, CLIENT_MERCHANTS, CLIENT_SEES_ALL } from '../../infra/aws/functions/token-claims.ts';
import { type Moto, motoClient, startMoto } from '../../testing/moto.ts';
import { TokenIssuer } from '../../testing/token-issuer.ts';

jest.setTimeout(300_000);

const TableName = 'fluxo-machine-clients';
const BACK_OFFICE = '1example23456789';
const AUDITOR = '2example23456789';

let moto: Moto;
let dynamodb: DynamoDBClient;
let handler: typeof import('../../infra/aws/functions/token-claims.ts').handler;
beforeAll(async () => {
  moto = await startMoto();
  dynamodb = new DynamoDBClient({ ...motoClient, endpoint: moto.url });
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: CLIENT_KEY, KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: CLIENT_KEY, AttributeType: 'S' }],
    }),
  );
  // As the template of the identity stack writes it.
  await dynamodb.send(
    new PutItemCommand({
      TableName,
      Item: { [CLIENT_KEY]: { S: AUDITOR }, [CLIENT_SEES_ALL]: { BOOL: true } },
    }),
  );
  // As docs/cloud.md says it, and what an administrator could mistype.
  await dynamodb.send(
    new PutItemCommand({
      TableName,
      Item: { [CLIENT_KEY]: { S: BACK_OFFICE }, [CLIENT_MERCHANTS]: { SS: ['m-1', 'm-2', 'no id'] } },
    }),
  );
  Object.assign(process.env, {
    AWS_REGION: motoClient.region,
    AWS_ACCESS_KEY_ID: motoClient.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: motoClient.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: moto.url,
    FLUXO_MACHINE_CLIENTS: TableName,
  });
  ({ handler } = await import('../../infra/aws/functions/token-claims.ts'));
});
afterAll(async () => {
  dynamodb.destroy();
  await moto.stop();
});

const askedBy = (clientId: string, request = {}) => ({
  version: '3',
  triggerSource: 'TokenGeneration_ClientCredentials',
  region: 'sa-east-1',
  userPoolId: 'sa-east-1_example',
  userName: clientId,
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId },
  request: {
    userAttributes: { sub: clientId },
    groupConfiguration: { groupsToOverride: null, iamRolesToOverride: null, preferredRole: null },
    scopes: ['urn:fluxo:api/balances:read'],
    ...request,
  },
  response: { claimsAndScopeOverrideDetails: null },
});

async function claimsOf(event: ReturnType<typeof askedBy>): Promise<Record<string, unknown>> {
  const { response } = await handler(event);
  const { accessTokenGeneration } = (
    response as {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: Record<string, unknown> };
      };
    }
  ).claimsAndScopeOverrideDetails;
  return accessTokenGeneration.claimsToAddOrOverride;
}

test('a program has the merchants that stand in the table under its client id', async () => {
  expect(await claimsOf(askedBy(BACK_OFFICE))).toEqual({
    fluxo_merchants: ['m-1', 'm-2'],
    fluxo_roles: [],
  });
});

test('the audit looks at every merchant, as an operator does, and has none of its own', async () => {
  expect(await claimsOf(askedBy(AUDITOR))).toEqual({ fluxo_merchants: [], fluxo_roles: ['operator'] });
});

test('one that is not there has none, whatever it says of itself', async () => {
  const claims = await claimsOf(
    askedBy('somebody', {
      clientMetadata: { merchants: 'm-1', 'custom:merchants': 'm-1' },
      userAttributes: { 'custom:merchants': 'm-1' },
      groupConfiguration: { groupsToOverride: ['operators'] },
    }),
  );
  expect(claims).toEqual({ fluxo_merchants: [], fluxo_roles: [] });
});

test('a token with these claims opens these merchants, for what its scopes allow', async () => {
  const issuer = await TokenIssuer.start();
  try {
    const verifier = new TokenVerifier({
      issuer: issuer.url,
      audience: 'urn:fluxo:api',
      cognitoClients: [BACK_OFFICE],
      keys: new ProviderKeys(issuer.url, () => undefined),
    });
    const claims = {
      aud: undefined,
      sub: BACK_OFFICE,
      client_id: BACK_OFFICE,
      token_use: 'access',
      version: 2,
      scope: 'urn:fluxo:api/balances:read',
      ...(await claimsOf(askedBy(BACK_OFFICE))),
    };
    const caller = await verifier.verify(await issuer.token({ header: { typ: undefined } as never, claims }));
    const reached = ['m-1', 'm-2', 'm-3', 'no id'].filter((id) => mayReach(caller, id, 'balances:read'));
    expect(reached).toEqual(['m-1', 'm-2']);
    expect([...caller.scopes]).toEqual(['balances:read']);
  } finally {
    await issuer.goAway();
  }
});

test('where the table cannot be read there is no token', async () => {
  await dynamodb.send(new DeleteTableCommand({ TableName }));
  await expect(handler(askedBy(BACK_OFFICE))).rejects.toThrow(/not.*found/i);
});
