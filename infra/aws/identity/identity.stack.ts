/**
 * Who may call: a user pool of Cognito. People sign in with a second factor and cannot write the attribute that says which merchants are
 * theirs; programs come with a secret of their own, and what is theirs stands in a table that they cannot write. Scopes are those of `identity/caller.ts`, as a resource server of the API.
 */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { acceptQuestionsOfCdk } from '../accepted.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import { BundledFunction } from '../functions/bundled-function.ts';
import { OPERATORS_GROUP } from '../functions/token-claims.ts';
import { MachineClients } from './machine-clients.ts';

/** FLUXO_OIDC_AUDIENCE everywhere. */
export const AUDIENCE = 'urn:fluxo:api';

/** Scopes of the API and what each allows. */
export const apiScopes = {
  'entries:write': 'enter, transfer, reverse',
  'balances:read': 'read balances and the ledger',
  'days:close': 'close a day',
  'days:reopen': 'open a closed day again',
  'merchants:admin': 'set a merchant up',
  'operations:read': 'see how the system runs',
  'rejections:replay': 'send again what was refused',
} as const;

export type IdentityProps = StackProps & { readonly foundation: FoundationStack; readonly domain: string };

export class IdentityStack extends Stack {
  readonly pool: cognito.UserPool;
  readonly pageClient: cognito.UserPoolClient;
  readonly backOfficeClient: cognito.UserPoolClient;
  /** The audit: reads balances of every merchant, and does nothing else. */
  readonly auditorClient: cognito.UserPoolClient;
  /** Whose tokens count at the APIs. */
  readonly clientIds: readonly string[];

  constructor(scope: Construct, id: string, { foundation, domain, ...props }: IdentityProps) {
    super(scope, id, props);
    this.pool = this.#pool();
    const machines = new MachineClients(this, 'MachineClients', { key: foundation.key });
    const claims = new BundledFunction(this, 'TokenClaims', {
      program: 'infra/aws/functions/token-claims.ts',
      key: foundation.key,
      environment: { FLUXO_MACHINE_CLIENTS: machines.tableName },
    });
    machines.letRead(claims);
    this.pool.addTrigger(
      cognito.UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG,
      claims,
      cognito.LambdaVersion.V3_0,
    );
    new cognito.CfnUserPoolGroup(this, 'Operators', {
      userPoolId: this.pool.userPoolId,
      groupName: OPERATORS_GROUP,
    });
    this.pool.addDomain('SignIn', { cognitoDomain: { domainPrefix: domain.replaceAll('.', '-') } });
    const scopes = this.#scopes();
    this.pageClient = this.#pageClient(domain, scopes);
    acceptQuestionsOfCdk(this, 'the secrets of clients');
    this.backOfficeClient = this.pool.addClient('BackOffice', {
      generateSecret: true,
      accessTokenValidity: Duration.minutes(10),
      oAuth: {
        flows: { clientCredentials: true },
        scopes: scopes.filter(({ scopeName }) => !/operations:|rejections:|:reopen$/.test(scopeName)),
      },
    });
    this.auditorClient = this.pool.addClient('Auditor', {
      generateSecret: true,
      accessTokenValidity: Duration.minutes(10),
      oAuth: {
        flows: { clientCredentials: true },
        scopes: scopes.filter(({ scopeName }) => scopeName.endsWith('/balances:read')),
      },
    });
    machines.letSeeAll('Auditor', this.auditorClient.userPoolClientId);
    this.clientIds = [this.pageClient, this.backOfficeClient, this.auditorClient].map(
      ({ userPoolClientId }) => userPoolClientId,
    );
  }

  #pool(): cognito.UserPool {
    return new cognito.UserPool(this, 'People', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      customAttributes: { merchants: new cognito.StringAttribute({ mutable: true, maxLen: 2_048 }) },
      mfa: cognito.Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      featurePlan: cognito.FeaturePlan.PLUS,
      standardThreatProtectionMode: cognito.StandardThreatProtectionMode.FULL_FUNCTION,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #scopes(): cognito.OAuthScope[] {
    const scopes = Object.entries(apiScopes).map(
      ([scopeName, scopeDescription]) => new cognito.ResourceServerScope({ scopeName, scopeDescription }),
    );
    const server = this.pool.addResourceServer('Api', {
      identifier: AUDIENCE,
      userPoolResourceServerName: 'fluxo-api',
      scopes,
    });
    return scopes.map((scope) => cognito.OAuthScope.resourceServer(server, scope));
  }

  #pageClient(domain: string, scopes: cognito.OAuthScope[]): cognito.UserPoolClient {
    return this.pool.addClient('Page', {
      generateSecret: true,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.minutes(10),
      refreshTokenValidity: Duration.hours(12),
      writeAttributes: new cognito.ClientAttributes().withStandardAttributes({ fullname: true }),
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.PROFILE, ...scopes],
        callbackUrls: [`https://${domain}/auth/callback`],
        logoutUrls: [`https://${domain}/`],
      },
    });
  }
}
