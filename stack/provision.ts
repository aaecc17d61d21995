/**
 * Creates the topics and registers the schemas of the catalogue, then ends; where Kafka asks who comes it also grants each user what it needs, and in
 * a secured stack of this machine makes the users first (elsewhere, as on MSK, they are made with their passwords). Where topics and schemas are
 * there already it compares and changes nothing; a difference is an error that names it.
 */
import {
  brokerAccess,
  createTopics,
  grantAccess,
  registerSchemas,
  SchemaRegistryClient,
  Secret,
  setPasswords,
} from '@fluxo/kafka';
import { allTopics, principals } from '@fluxo/schemas';
import { stackAddresses } from './addresses.ts';
import { placeOf } from './place.ts';
import { isSecured, passwordOf } from './secured/secrets.ts';
import { demandCompatibility } from './servers/registry.ts';

const { kafka, registry } = stackAddresses();
const place = placeOf();

try {
  await demandCompatibility(registry);
  const access = brokerAccess(kafka, process.env);
  const created = await createTopics({ ...access, topics: allTopics });
  if (isSecured(place)) {
    const passwords = Object.keys(principals).map(
      (user) => [user, new Secret(passwordOf(place, user))] as const,
    );
    await setPasswords(access, new Map(passwords));
    console.log(`${passwords.length} users have their passwords`);
  }
  if (access.security !== undefined) {
    const { added, removed } = await grantAccess(access);
    console.log(`${added} rights granted, ${removed} withdrawn`);
  }
  await registerSchemas(new SchemaRegistryClient(registry), allTopics);
  console.log(`${created.length} topics created; all ${allTopics.length} and their schemas are in place`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
