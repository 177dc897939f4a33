import { createClient } from '@connectrpc/connect';
import { withPolicies } from '@traffic-tacos/client-runtime';
import { createWebTransport } from '@traffic-tacos/client-runtime/web';
import { services } from './services.ts';

/** The same with the policies of the contract, without what knows tickets. */
export function createClients(baseUrl: string) {
  const transport = withPolicies(createWebTransport({ baseUrl }));
  return services.map((service) => createClient(service, transport));
}
