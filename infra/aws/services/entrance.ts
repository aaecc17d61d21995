/**
 * The load balancer: inside the network only, reached by CloudFront and by the API gateway, and by the page's back end for the APIs. TLS with a
 * certificate of the domain; one port per program, so that who may reach a port says who may reach a program.
 */
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { accept } from '../accepted.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import type { Program } from '../platform/program.ts';

export const entrancePorts = {
  bff: 443,
  'query-api': 8_010,
  'entries-api': 8_011,
  'operations-api': 8_012,
} as const;

export type ApiName = keyof typeof entrancePorts;

/** What programs of others reach as well, by the API gateway. */
export type PublicApi = 'query-api' | 'entries-api';

export type EntranceProps = {
  readonly foundation: FoundationStack;
  readonly domain: string;
  readonly zone: route53.IHostedZone;
};

export class Entrance extends Construct {
  readonly balancer: elb.ApplicationLoadBalancer;
  /** Of the domain, `api.` and `inside.` below it. */
  readonly certificate: acm.Certificate;
  readonly #listeners: Readonly<Record<ApiName, elb.ApplicationListener>>;
  readonly #inside: string;

  constructor(scope: Construct, id: string, { foundation, domain, zone }: EntranceProps) {
    super(scope, id);
    const { vpc, accessLogs } = foundation;
    this.#inside = `inside.${domain}`;
    this.certificate = new acm.Certificate(this, 'Certificate', {
      domainName: domain,
      subjectAlternativeNames: [`api.${domain}`, this.#inside],
      validation: acm.CertificateValidation.fromDns(zone),
    });
    this.balancer = new elb.ApplicationLoadBalancer(this, 'Balancer', {
      vpc,
      internetFacing: false,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      dropInvalidHeaderFields: true,
      deletionProtection: true,
    });
    this.balancer.logAccessLogs(accessLogs, 'entrance');
    this.#listeners = {
      bff: this.#listener('bff'),
      'query-api': this.#listener('query-api'),
      'entries-api': this.#listener('entries-api'),
      'operations-api': this.#listener('operations-api'),
    };
    // CloudFront comes by interfaces that it puts into this network, whose group is not known before.
    const inside = ec2.Peer.ipv4(vpc.vpcCidrBlock);
    this.balancer.connections.allowFrom(
      inside,
      ec2.Port.tcp(entrancePorts.bff),
      'CloudFront, by its VPC origin',
    );
    accept(
      this.balancer,
      'EC23',
      'The rule cannot read a range that is known when deployed: it is that of this network.',
    );
    this.#name(vpc);
  }

  listenerOf(name: ApiName): elb.ApplicationListener {
    return this.#listeners[name];
  }

  /** How programs of ours find one another: FLUXO_QUERY_API, FLUXO_ENTRIES_API, FLUXO_OPERATIONS_API. */
  addressOf(name: ApiName): string {
    return `https://${this.#inside}:${entrancePorts[name]}`;
  }

  /** Lets this program call that API, and no other. */
  letIn({ own }: Program, name: ApiName, description: string): void {
    this.balancer.connections.allowFrom(own, ec2.Port.tcp(entrancePorts[name]), description);
  }

  #listener(name: ApiName): elb.ApplicationListener {
    return this.balancer.addListener(name, {
      port: entrancePorts[name],
      protocol: elb.ApplicationProtocol.HTTPS,
      certificates: [this.certificate],
      sslPolicy: elb.SslPolicy.RECOMMENDED_TLS,
      open: false,
      defaultAction: elb.ListenerAction.fixedResponse(404),
    });
  }

  #name(vpc: ec2.IVpc): void {
    const zone = new route53.PrivateHostedZone(this, 'Inside', { zoneName: this.#inside, vpc });
    new route53.ARecord(this, 'Name', {
      zone,
      target: route53.RecordTarget.fromAlias(new LoadBalancerTarget(this.balancer)),
    });
  }
}
