/**
 * Redis of ElastiCache: views of the topics, and in a database of its own who is signed in on the page. A primary and a replica in two zones,
 * TLS, no eviction: a view that loses single keys would answer "unknown" for what is there. Views are written again from Kafka,
 * so backups are for the sessions' sake only.
 */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { accept } from '../accepted.ts';
import { clientsOf } from './clients.ts';

/** Not the usual one, which scanners try first. */
export const CACHE_PORT = 6380;

export type CacheProps = { readonly vpc: ec2.IVpc; readonly key: kms.IKey };

export class Cache extends Construct {
  /** `rediss://…`: FLUXO_REDIS. */
  readonly address: string;
  readonly clients: ec2.SecurityGroup;
  /** ElastiCache names and numbers them itself; a node that is replaced keeps its name. */
  readonly nodeIds = ['fluxo-001', 'fluxo-002'] as const;

  constructor(scope: Construct, id: string, { vpc, key }: CacheProps) {
    super(scope, id);
    const group = new ec2.SecurityGroup(this, 'Access', {
      vpc,
      allowAllOutbound: false,
      description: 'Redis',
    });
    this.clients = clientsOf(this, { name: 'Redis', vpc, connections: group.connections, port: CACHE_PORT });
    const subnets = new elasticache.CfnSubnetGroup(this, 'Subnets', {
      description: 'Subnets without a way out',
      subnetIds: vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
    });
    const settings = new elasticache.CfnParameterGroup(this, 'Settings', {
      cacheParameterGroupFamily: 'redis7',
      description: 'A view must not lose single keys',
      properties: { 'maxmemory-policy': 'noeviction' },
    });
    const redis = new elasticache.CfnReplicationGroup(this, 'Redis', {
      replicationGroupId: 'fluxo',
      replicationGroupDescription: 'Views of the topics, and sessions of the page',
      engine: 'redis',
      engineVersion: '7.1',
      cacheNodeType: 'cache.r7g.large',
      numCacheClusters: this.nodeIds.length,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      port: CACHE_PORT,
      cacheSubnetGroupName: subnets.ref,
      cacheParameterGroupName: settings.ref,
      securityGroupIds: [group.securityGroupId],
      atRestEncryptionEnabled: true,
      kmsKeyId: key.keyId,
      transitEncryptionEnabled: true,
      snapshotRetentionLimit: 1,
    });
    this.address = `rediss://${redis.attrPrimaryEndPointAddress}:${CACHE_PORT}`;
    accept(
      this,
      'AEC6',
      'Who may reach Redis is said by security groups; programs know no password of it yet, see docs/cloud.md.',
    );
  }
}
