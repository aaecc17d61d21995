/**
 * What CloudFront demands to stand in us-east-1: its certificate, and the rules by which it turns requests away. Rules of AWS against known
 * attacks, a limit per address that no till and no person reaches, and what machines of operators ask the page's back end.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

/** Requests of one address in five minutes. */
const REQUESTS_MAX = 3_000;

export type EdgeGlobalProps = StackProps & { readonly settings: Settings };

export class EdgeGlobalStack extends Stack {
  readonly certificate: acm.Certificate;
  readonly firewallArn: string;

  constructor(scope: Construct, id: string, { settings, ...props }: EdgeGlobalProps) {
    super(scope, id, props);
    const { domain, zoneId } = settings;
    const zone = route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: zoneId,
      zoneName: domain,
    });
    this.certificate = new acm.Certificate(this, 'Certificate', {
      domainName: domain,
      validation: acm.CertificateValidation.fromDns(zone),
    });
    const firewall = new wafv2.CfnWebACL(this, 'Firewall', {
      name: 'fluxo',
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visible('fluxo'),
      rules: [...rulesOfAws.map(ruleOfAws), limitPerAddress, notForBrowsers],
    });
    this.firewallArn = firewall.attrArn;
  }
}

function visible(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}

const rulesOfAws = [
  'AWSManagedRulesAmazonIpReputationList',
  'AWSManagedRulesCommonRuleSet',
  'AWSManagedRulesKnownBadInputsRuleSet',
];

function ruleOfAws(name: string, priority: number): wafv2.CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
    visibilityConfig: visible(name),
  };
}

const limitPerAddress: wafv2.CfnWebACL.RuleProperty = {
  name: 'limit-per-address',
  priority: rulesOfAws.length,
  action: { block: { customResponse: { responseCode: 429 } } },
  statement: { rateBasedStatement: { limit: REQUESTS_MAX, aggregateKeyType: 'IP' } },
  visibilityConfig: visible('limit-per-address'),
};

/** The routes of `http/operations.plugin.ts`. The load balancer asks them behind this; the program decodes a path once, so this does as well. */
const notForBrowsers: wafv2.CfnWebACL.RuleProperty = {
  name: 'not-for-browsers',
  priority: rulesOfAws.length + 1,
  action: { block: { customResponse: { responseCode: 404 } } },
  statement: {
    regexMatchStatement: {
      fieldToMatch: { uriPath: {} },
      regexString: '^/(livez|readyz|metrics)$',
      textTransformations: [{ priority: 0, type: 'URL_DECODE' }],
    },
  },
  visibilityConfig: visible('not-for-browsers'),
};
