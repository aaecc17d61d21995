/**
 * The API for programs: one address for the two APIs, HTTP API of API Gateway, by a private link to the load balancer. Which API a request
 * is for follows from its method, but for two routes: summaries are asked with POST, and what became of a submission with GET.
 */
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpAlbIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import type { IdentityStack } from '../identity/identity.stack.ts';
import { entrancePorts, type PublicApi } from '../services/entrance.ts';
import type { ServicesStack } from '../services/services.stack.ts';

const { GET, POST, PUT } = apigateway.HttpMethod;

type Route = { readonly api: PublicApi; readonly path: string; readonly methods: apigateway.HttpMethod[] };

const routes: readonly Route[] = [
  { api: 'query-api', path: '/v1/{proxy+}', methods: [GET] },
  { api: 'query-api', path: '/v1/summaries', methods: [POST] },
  { api: 'entries-api', path: '/v1/{proxy+}', methods: [POST, PUT] },
  { api: 'entries-api', path: '/v1/merchants/{merchantId}/submissions/{submissionId}', methods: [GET] },
];

export type ApiGatewayProps = {
  readonly foundation: FoundationStack;
  readonly identity: IdentityStack;
  readonly services: ServicesStack;
  readonly zone: route53.IHostedZone;
  readonly domain: string;
};

export class ApiGateway extends Construct {
  readonly api: apigateway.HttpApi;

  constructor(scope: Construct, id: string, props: ApiGatewayProps) {
    super(scope, id);
    const { pool, pageClient, backOfficeClient } = props.identity;
    const name = this.#domainName(props);
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: 'fluxo',
      disableExecuteApiEndpoint: true,
      defaultDomainMapping: { domainName: name },
      defaultAuthorizer: new HttpJwtAuthorizer('Tokens', pool.userPoolProviderUrl, {
        jwtAudience: [pageClient.userPoolClientId, backOfficeClient.userPoolClientId],
      }),
    });
    this.#routes(props);
    this.#limitsAndLog(props.foundation);
  }

  #domainName({ zone, domain }: ApiGatewayProps): apigateway.DomainName {
    const domainName = `api.${domain}`;
    const certificate = new acm.Certificate(this, 'Certificate', {
      domainName,
      validation: acm.CertificateValidation.fromDns(zone),
    });
    const name = new apigateway.DomainName(this, 'Name', { domainName, certificate });
    const target = new ApiGatewayv2DomainProperties(name.regionalDomainName, name.regionalHostedZoneId);
    new route53.ARecord(this, 'Record', {
      zone,
      recordName: 'api',
      target: route53.RecordTarget.fromAlias(target),
    });
    return name;
  }

  #routes({ foundation, services, domain }: ApiGatewayProps): void {
    const { vpc } = foundation;
    const group = new ec2.SecurityGroup(this, 'Access', {
      vpc,
      allowAllOutbound: false,
      description: 'API gateway',
    });
    const vpcLink = new apigateway.VpcLink(this, 'Link', { vpc, securityGroups: [group] });
    for (const api of ['query-api', 'entries-api'] as const) {
      const port = ec2.Port.tcp(entrancePorts[api]);
      group.connections.allowTo(services.entrance.balancer, port, api);
      const integration = new HttpAlbIntegration(api, services.entrance.listenerOf(api), {
        vpcLink,
        secureServerName: `api.${domain}`,
      });
      for (const { path, methods } of routes.filter((route) => route.api === api))
        this.api.addRoutes({ path, methods, integration });
    }
  }

  #limitsAndLog({ key }: FoundationStack): void {
    const log = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: key,
    });
    const stage = this.api.defaultStage?.node.defaultChild as apigateway.CfnStage;
    stage.defaultRouteSettings = {
      throttlingBurstLimit: 2_000,
      throttlingRateLimit: 1_000,
      detailedMetricsEnabled: true,
    };
    stage.accessLogSettings = {
      destinationArn: log.logGroupArn,
      // Never the Authorization header, never a body.
      format: JSON.stringify({
        requestId: '$context.requestId',
        route: '$context.routeKey',
        status: '$context.status',
        ms: '$context.responseLatency',
        client: '$context.authorizer.claims.client_id',
        ip: '$context.identity.sourceIp',
      }),
    };
  }
}
