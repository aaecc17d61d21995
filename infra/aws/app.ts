/**
 * Fluxo in AWS as an app of CDK: which stacks there are and what each is handed. Foundation and data outlive every release; the services are
 * deployed again with each. Every stack is checked by cdk-nag; what it finds and nobody accepted fails the synthesis.
 */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DataStack } from './data/data.stack.ts';
import { EdgeStack } from './edge/edge.stack.ts';
import { EdgeGlobalStack } from './edge/edge-global.stack.ts';
import { FoundationStack } from './foundation/foundation.stack.ts';
import { zonesContext } from './foundation/zones.ts';
import { IdentityStack } from './identity/identity.stack.ts';
import { ObservabilityStack } from './observability/observability.stack.ts';
import { PlatformStack } from './platform/platform.stack.ts';
import { ServicesStack } from './services/services.stack.ts';
import { GLOBAL_REGION, type Settings } from './settings.ts';

/** Where CDK asks to be told: what one stack exports cannot be removed while another uses it; functions take the SDK that is there. */
const features = {
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
  '@aws-cdk/customresources:installLatestAwsSdkDefault': false,
};

export function fluxoApp(settings: Settings): App {
  const { account, region, domain, imageTag, alarmEmail } = settings;
  const app = new App({ context: { ...features, ...zonesContext({ account, region }) } });
  const at = { env: { account, region }, crossRegionReferences: true };
  const foundation = new FoundationStack(app, 'fluxo-foundation', at);
  const data = new DataStack(app, 'fluxo-data', { ...at, foundation });
  const identity = new IdentityStack(app, 'fluxo-identity', { ...at, foundation, domain });
  const platform = new PlatformStack(app, 'fluxo-platform', { ...at, foundation, data, imageTag });
  const services = new ServicesStack(app, 'fluxo-services', {
    ...at,
    foundation,
    data,
    identity,
    platform,
    settings,
  });
  const global = new EdgeGlobalStack(app, 'fluxo-edge-global', {
    ...at,
    env: { account, region: GLOBAL_REGION },
    settings,
  });
  new EdgeStack(app, 'fluxo-edge', { ...at, foundation, identity, services, global, settings });
  new ObservabilityStack(app, 'fluxo-observability', { ...at, foundation, data, services, alarmEmail });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
