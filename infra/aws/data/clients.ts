/**
 * Who may reach a store: whoever carries the security group made here. It stands with the store, so that programs come and go without
 * touching the stack that holds data.
 */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export type Store = {
  readonly name: string;
  readonly vpc: ec2.IVpc;
  readonly connections: ec2.Connections;
  readonly port: number;
};

export function clientsOf(scope: Construct, { name, vpc, connections, port }: Store): ec2.SecurityGroup {
  const clients = new ec2.SecurityGroup(scope, 'Clients', {
    vpc,
    allowAllOutbound: false,
    description: `May reach ${name}`,
  });
  clients.connections.allowTo(connections, ec2.Port.tcp(port), name);
  return clients;
}
