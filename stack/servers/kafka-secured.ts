/**
 * The listeners of a secured Kafka: clients come over TLS with user and password (SASL/SCRAM-SHA-512), the broker to its controller over TLS
 * with its own certificate, because a controller has no users before it has started. Nothing is open without either, and what nobody has been
 * granted is refused.
 */
import { Secret, scramCredential } from '@fluxo/kafka';
import type { Place } from '../place.ts';
import { BROKER_NAME } from '../secured/certificates.ts';
import { ADMIN, certificateFile, passwordOf } from '../secured/secrets.ts';

const MECHANISM = 'SCRAM-SHA-512';
const LOGIN_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule';

/** Settings of the server in place of those of an open one. They hold the administrator's password: the file they go to is its owner's only. */
export function securedListeners(
  place: Place,
  { broker, controller }: { readonly broker: string; readonly controller: string },
): Readonly<Record<string, string | boolean>> {
  return {
    listeners: `CLIENTS://${broker},CONTROLLER://${controller}`,
    'advertised.listeners': `CLIENTS://${broker}`,
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,CONTROLLER:SSL',
    'inter.broker.listener.name': 'CLIENTS',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificateFile(place, 'broker'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificateFile(place, 'authority'),
    'listener.name.controller.ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': MECHANISM,
    'sasl.mechanism.inter.broker.protocol': MECHANISM,
    [`listener.name.clients.${MECHANISM.toLowerCase()}.sasl.jaas.config`]: `${LOGIN_MODULE} required username="${ADMIN}" password="${passwordOf(place, ADMIN)}";`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': false,
    'super.users': `User:${ADMIN};User:CN=${BROKER_NAME}`,
  };
}

/** The administrator is there from the beginning, and makes all others (`provision`). */
export function adminAtFormat(place: Place): readonly string[] {
  const { iterations, salt, saltedPassword } = scramCredential(new Secret(passwordOf(place, ADMIN)));
  const fields = [
    `name=${ADMIN}`,
    `iterations=${iterations}`,
    `salt="${salt.toString('base64')}"`,
    `saltedpassword="${saltedPassword.toString('base64')}"`,
  ];
  return ['--add-scram', `${MECHANISM}=[${fields.join(',')}]`];
}
