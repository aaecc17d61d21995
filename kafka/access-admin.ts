/**
 * Makes the cluster let in the principals of the catalogue, each to what it needs: what is missing is granted, and what one of them has beyond
 * the table is taken away, so that a row removed there is removed here. Principals that the table does not name are left alone.
 *
 * Whoever does this is granted what it takes, on every topic, group and transactional id and on the cluster. Where nobody is a super user (MSK),
 * everybody may do everything with what no rule is about (`allow.everyone.if.no.acl.found`): these rules are about everything, so with them
 * the door is closed to all whom the table does not let in, and its key is kept.
 */
import { GROUP_PREFIX, type Grants, principals } from '@fluxo/schemas';
import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import type { BrokerAccess } from './broker-access.ts';
import { systemClock } from './clock.ts';
import { withAdmin } from './kafkajs-admin.ts';

const {
  AclOperationTypes: operations,
  AclPermissionTypes: permissions,
  AclResourceTypes: resourceTypes,
  ResourcePatternTypes: patterns,
} = kafkajs;

type Operation = AclEntry['operation'];
type Resource = Pick<AclEntry, 'resourceType' | 'resourceName' | 'resourcePatternType'>;

/** How Kafka names a principal that came by user and password. */
const principalOf = (user: string) => `User:${user}`;

/** Everything that this principal may do, as Kafka keeps it. Reading and writing include describing. */
function aclsOf(user: string, grants: Grants): readonly AclEntry[] {
  const { reads, writes, joins, joinsAny, transactions, inspects } = grants;
  const allow = (resource: Resource, operation: Operation) => allowing(user, resource, operation);
  const own = joinsAny === null ? [] : [prefixed(resourceTypes.GROUP, joinsAny)];
  const ids = transactions === null ? [] : [prefixed(resourceTypes.TRANSACTIONAL_ID, transactions)];
  return [
    ...reads.map(({ name }) => allow(exactly(resourceTypes.TOPIC, name), operations.READ)),
    ...writes.map(({ name }) => allow(exactly(resourceTypes.TOPIC, name), operations.WRITE)),
    ...joins.map((group) => allow(exactly(resourceTypes.GROUP, group), operations.READ)),
    ...own.map((groups) => allow(groups, operations.READ)),
    ...ids.map((id) => allow(id, operations.WRITE)),
    ...(inspects ? [allow(prefixed(resourceTypes.GROUP, GROUP_PREFIX), operations.DESCRIBE)] : []),
    ...(inspects
      ? reads.map(({ name }) => allow(exactly(resourceTypes.TOPIC, name), operations.DESCRIBE_CONFIGS))
      : []),
  ];
}

const EVERY = '*';
const CLUSTER = 'kafka-cluster';

/** What it takes to make topics and to say who may do what. It reads and writes nothing. */
function setUpAclsOf(user: string): readonly AclEntry[] {
  const { CREATE, ALTER, DESCRIBE, DESCRIBE_CONFIGS } = operations;
  const rights = [
    [exactly(resourceTypes.TOPIC, EVERY), [CREATE, DESCRIBE, DESCRIBE_CONFIGS]],
    [exactly(resourceTypes.GROUP, EVERY), [DESCRIBE]],
    [exactly(resourceTypes.TRANSACTIONAL_ID, EVERY), [DESCRIBE]],
    [exactly(resourceTypes.CLUSTER, CLUSTER), [ALTER, DESCRIBE]],
  ] as const;
  return rights.flatMap(([resource, allowed]) => allowed.map((each) => allowing(user, resource, each)));
}

function allowing(user: string, resource: Resource, operation: Operation): AclEntry {
  return {
    ...resource,
    operation,
    principal: principalOf(user),
    host: '*',
    permissionType: permissions.ALLOW,
  };
}

function exactly(resourceType: Resource['resourceType'], resourceName: string): Resource {
  return { resourceType, resourceName, resourcePatternType: patterns.LITERAL };
}

function prefixed(resourceType: Resource['resourceType'], resourceName: string): Resource {
  return { resourceType, resourceName, resourcePatternType: patterns.PREFIXED };
}

/** A controller has taken the rules some milliseconds before a broker goes by them. */
const IN_FORCE_WITHIN_MS = 10_000;
const LOOK_AGAIN_MS = 20;

/**
 * Resolves with how many rules were added and how many taken away, once the broker that is asked goes by them: whoever is started next is let in.
 * To be done by an administrator, or by the first who comes where there is none. Fails with `temporarily-unavailable` if the cluster cannot be
 * reached or refuses.
 */
export async function grantAccess(access: BrokerAccess): Promise<{ added: number; removed: number }> {
  return await withAdmin(access, 'What each service may do could not be set', async (admin) => {
    const own = access.security === undefined ? [] : [access.security.user];
    // In one request, which the controller takes as a whole: nobody is locked out in between.
    const wanted = [
      ...Object.entries(principals).flatMap(([user, grants]) => aclsOf(user, grants)),
      ...own.flatMap(setUpAclsOf),
    ];
    const users = [...Object.keys(principals), ...own];
    const differences = async (): Promise<Differences> => {
      const found = await existing(admin, users);
      return { missing: without(wanted, found), surplus: without(found, wanted) };
    };
    const { missing, surplus } = await differences();
    if (missing.length > 0) await admin.createAcls({ acl: [...missing] });
    if (surplus.length > 0) await admin.deleteAcls({ filters: [...surplus] });
    await untilNone(differences, { missing, surplus });
    return { added: missing.length, removed: surplus.length };
  });
}

/** Between the rules that are wanted and those that the broker goes by. */
type Differences = { readonly missing: readonly AclEntry[]; readonly surplus: readonly AclEntry[] };

/** Looks until there are none; not at all where there were none. Fails if there still are after `IN_FORCE_WITHIN_MS`. */
async function untilNone(look: () => Promise<Differences>, seen: Differences): Promise<void> {
  const untilMs = systemClock.nowMs() + IN_FORCE_WITHIN_MS;
  for (let left = seen; left.missing.length + left.surplus.length > 0; left = await look()) {
    if (systemClock.nowMs() > untilMs)
      throw new Error('the controller took the rules, but the broker does not go by them yet; try again');
    await systemClock.sleep(LOOK_AGAIN_MS);
  }
}

/** The rules that the broker goes by, of these users. */
async function existing(admin: Admin, users: readonly string[]): Promise<readonly AclEntry[]> {
  const { resources } = await admin.describeAcls({
    resourceType: resourceTypes.ANY,
    resourcePatternType: patterns.ANY,
    operation: operations.ANY,
    permissionType: permissions.ANY,
  });
  const ours = new Set(users.map(principalOf));
  return resources.flatMap(({ acls, ...resource }) =>
    acls.filter(({ principal }) => ours.has(principal)).map((acl) => ({ ...resource, ...acl })),
  );
}

function without(all: readonly AclEntry[], others: readonly AclEntry[]): readonly AclEntry[] {
  const known = new Set(others.map(identityOf));
  return all.filter((acl) => !known.has(identityOf(acl)));
}

function identityOf(acl: AclEntry): string {
  const { principal, host, operation, permissionType, resourceType, resourceName, resourcePatternType } = acl;
  return JSON.stringify([
    principal,
    host,
    operation,
    permissionType,
    resourceType,
    resourceName,
    resourcePatternType,
  ]);
}
