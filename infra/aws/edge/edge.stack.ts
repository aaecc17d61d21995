/**
 * How people and programs come in. The page by CloudFront: files whose names hold their hash from a private bucket, kept by every cache, everything
 * else from its back end, kept by none, because each answer has a nonce of its own. Programs by an API gateway that lets nobody in without an access token of the pool; the APIs behind it check
 * the token again, and whose merchants it is about.
 */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { accept } from '../accepted.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import type { IdentityStack } from '../identity/identity.stack.ts';
import type { ServicesStack } from '../services/services.stack.ts';
import type { Settings } from '../settings.ts';
import { ApiGateway } from './api-gateway.ts';
import type { EdgeGlobalStack } from './edge-global.stack.ts';

/** In the bucket, those of former releases as well: a page that is open goes on finding its own. */
const HASHED_FILES = ['*.js', '*.css', '*.woff2'];

export type EdgeProps = StackProps & {
  readonly foundation: FoundationStack;
  readonly identity: IdentityStack;
  readonly services: ServicesStack;
  readonly global: EdgeGlobalStack;
  readonly settings: Settings;
};

export class EdgeStack extends Stack {
  readonly distribution: cloudfront.Distribution;
  readonly gateway: ApiGateway;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id, props);
    const { domain, zoneId } = props.settings;
    const zone = route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: zoneId,
      zoneName: domain,
    });
    const page = this.#page(props.foundation);
    this.distribution = this.#distribution(props, page);
    const target = route53.RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    new route53.ARecord(this, 'Name', { zone, target });
    new route53.AaaaRecord(this, 'Name6', { zone, target });
    this.gateway = new ApiGateway(this, 'Gateway', { ...props, zone, domain });
    new CfnOutput(this, 'PageBucket', { value: page.bucketName });
    new CfnOutput(this, 'DistributionId', { value: this.distribution.distributionId });
  }

  #page({ accessLogs }: FoundationStack): s3.Bucket {
    return new s3.Bucket(this, 'Page', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'page/',
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #distribution(
    { services, global, settings, foundation }: EdgeProps,
    page: s3.Bucket,
  ): cloudfront.Distribution {
    const { REDIRECT_TO_HTTPS } = cloudfront.ViewerProtocolPolicy;
    const files: cloudfront.BehaviorOptions = {
      origin: origins.S3BucketOrigin.withOriginAccessControl(page),
      viewerProtocolPolicy: REDIRECT_TO_HTTPS,
      responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
    };
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      domainNames: [settings.domain],
      certificate: global.certificate,
      webAclId: global.firewallArn,
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: origins.VpcOrigin.withApplicationLoadBalancer(services.entrance.balancer, {
          domainName: settings.domain,
          protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
        }),
        viewerProtocolPolicy: REDIRECT_TO_HTTPS,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER,
      },
      additionalBehaviors: Object.fromEntries(HASHED_FILES.map((pattern) => [pattern, files])),
      enableLogging: true,
      logBucket: foundation.accessLogs,
      logFilePrefix: 'page/',
    });
    accept(distribution, 'CFR1', 'Merchants travel: no country is shut out.');
    return distribution;
  }
}
