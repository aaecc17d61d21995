/**
 * Which merchants a caller may see, written into Cognito's access token: a pre token generation trigger (event version 3, which is sent for people and
 * for programs). Of a person it copies the attribute `custom:merchants`, ids separated by commas, which only an administrator can write, into
 * the claim `fluxo_merchants`, and membership in the group `operators` into `fluxo_roles`. Of a program, which has no attributes, it
 * reads the merchants from a table that nobody but an administrator writes, by its client id, or that it may look at every merchant, as the audit must: what the program
 * says of itself (`clientMetadata`) is not listened to. Who has neither gets a token that opens nothing; where the table cannot be read there is none.
 */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

type Trigger = {
  readonly triggerSource: string;
  readonly callerContext: { readonly clientId: string };
  readonly request: {
    readonly userAttributes?: Readonly<Record<string, string | undefined>> | null;
    readonly groupConfiguration?: { readonly groupsToOverride?: readonly string[] | null } | null;
  };
};

/** Of FLUXO_MACHINE_CLIENTS, the table: its key, a set of texts, and a boolean for who looks at every merchant. */
export const CLIENT_KEY = 'client';
export const CLIENT_MERCHANTS = 'merchants';
export const CLIENT_SEES_ALL = 'seesAll';

export const OPERATORS_GROUP = 'operators';

const BY_PROGRAM = 'TokenGeneration_ClientCredentials';
const ID = /^[A-Za-z0-9._~-]{1,64}$/;

/** Cognito waits five seconds for all of it. */
const dynamodb = new DynamoDBClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, throwOnRequestTimeout: true },
});

/** What a token is to say. Ids may be none. */
type Rights = { readonly merchants: readonly string[]; readonly isOperator: boolean };

/** The event with its answer, as Cognito wants it. Ids that are none (spec.md section 2) are left out. */
export async function handler<T extends Trigger>(event: T): Promise<T & { readonly response: object }> {
  const isProgram = event.triggerSource === BY_PROGRAM;
  const { merchants, isOperator } = isProgram
    ? await rightsOfProgram(event.callerContext.clientId)
    : rightsOfPerson(event);
  const claimsToAddOrOverride = {
    fluxo_merchants: merchants.filter((id) => ID.test(id)),
    fluxo_roles: isOperator ? ['operator'] : [],
  };
  return {
    ...event,
    response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride } } },
  };
}

function rightsOfPerson({ request }: Trigger): Rights {
  const groups = request.groupConfiguration?.groupsToOverride ?? [];
  return {
    merchants: (request.userAttributes?.['custom:merchants'] ?? '').split(','),
    isOperator: groups.includes(OPERATORS_GROUP),
  };
}

async function rightsOfProgram(clientId: string): Promise<Rights> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: process.env['FLUXO_MACHINE_CLIENTS'],
      Key: { [CLIENT_KEY]: { S: clientId } },
      ConsistentRead: true,
    }),
  );
  return {
    merchants: Item?.[CLIENT_MERCHANTS]?.SS ?? [],
    isOperator: Item?.[CLIENT_SEES_ALL]?.BOOL === true,
  };
}
