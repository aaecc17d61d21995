/**
 * Which merchants a caller may see, written into Cognito's access token: a pre token generation trigger (event version 2). It copies the
 * attribute `custom:merchants`, ids separated by commas, which only an administrator can write, into the claim `fluxo_merchants`,
 * and membership in the group `operators` into `fluxo_roles`. A person without either gets a token that opens nothing.
 */
type Trigger = {
  readonly request: {
    readonly userAttributes: Readonly<Record<string, string | undefined>>;
    readonly groupConfiguration: { readonly groupsToOverride?: readonly string[] };
  };
};

const ID = /^[A-Za-z0-9._~-]{1,64}$/;

export const OPERATORS_GROUP = 'operators';

/** The event with its answer, as Cognito wants it. Ids that are none (spec.md section 2) are left out. */
export async function handler<T extends Trigger>(event: T): Promise<T & { readonly response: object }> {
  const { userAttributes, groupConfiguration } = event.request;
  const merchants = (userAttributes['custom:merchants'] ?? '').split(',').filter((id) => ID.test(id));
  const isOperator = groupConfiguration.groupsToOverride?.includes(OPERATORS_GROUP) ?? false;
  const claimsToAddOrOverride = { fluxo_merchants: merchants, fluxo_roles: isOperator ? ['operator'] : [] };
  return {
    ...event,
    response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride } } },
  };
}
