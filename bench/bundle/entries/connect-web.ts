import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { services } from './services.ts';

/** What a page without a client library would write. */
export function createClients(baseUrl: string) {
  const transport = createConnectTransport({ baseUrl, useBinaryFormat: true });
  return services.map((service) => createClient(service, transport));
}
