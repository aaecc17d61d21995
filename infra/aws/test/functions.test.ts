/** The functions as Lambda gets them: bundled, loaded from their folder alone, and asked. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundle } from '../functions/bundled-function.ts';
import { handler } from '../functions/token-claims.ts';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

test('the DynamoDB sink loads from its bundle, and comes as far as asking for the registry', () => {
  const folder = bundle('sinks/dynamodb/lambda.ts');
  // In Lambda the SDK is part of the runtime.
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  const load = "await import('./function/index.mjs').catch((error) => console.log(error.message))";
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', load], {
    cwd: folder,
    encoding: 'utf8',
    env: { FLUXO_DYNAMODB: 'http://127.0.0.1:1/fluxo-views', FLUXO_REGISTRY: 'http://127.0.0.1:1/nobody' },
  });
  assert.match(said, /registry/i);
});

test('the day-end export loads from its bundle, and comes as far as asking for the secret of Postgres', () => {
  const folder = bundle('query-api/exports/lambda.ts');
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  const load =
    "const { handler } = await import('./function/index.mjs'); await handler().catch((error) => console.log(error.message))";
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', load], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      FLUXO_EXPORTS: 'http://127.0.0.1:1/fluxo-exports',
      FLUXO_POSTGRES_SECRET: 'nobody',
      AWS_REGION: 'sa-east-1',
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'nobody',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1',
    },
  });
  assert.match(said, /ECONNREFUSED/);
});

const asPerson = { triggerSource: 'TokenGeneration_HostedAuth', callerContext: { clientId: 'the-page' } };

test('a token says whose merchants its bearer sees, and nothing that is no id', async () => {
  const request = {
    userAttributes: { sub: 'marina', 'custom:merchants': 'm-1,m-2,, not an id' },
    groupConfiguration: { groupsToOverride: ['operators', 'others'] },
  };
  const { response } = await handler({ ...asPerson, request });
  assert.deepEqual(response, {
    claimsAndScopeOverrideDetails: {
      accessTokenGeneration: {
        claimsToAddOrOverride: { fluxo_merchants: ['m-1', 'm-2'], fluxo_roles: ['operator'] },
      },
    },
  });
});

test('who has no merchants gets none, and is no operator', async () => {
  const { response } = await handler({
    ...asPerson,
    request: { userAttributes: {}, groupConfiguration: {} },
  });
  assert.match(JSON.stringify(response), /"fluxo_merchants":\[\],"fluxo_roles":\[\]/);
});
