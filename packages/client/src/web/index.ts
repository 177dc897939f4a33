import { createWebTransport, type WebTransportOptions } from '@traffic-tacos/client-runtime/web';
import { assembleClient, type TacosClient, type TacosClientOptions } from '../tacos-client.ts';

/** Where the platform is, and how a page talks to it. */
export type WebClientOptions = TacosClientOptions & WebTransportOptions;

/**
 * A client of the platform for browsers. Calls obey the policies of the contract and throw TacosErrors.
 *
 * ```ts
 * const tacos = createTacosClient({ baseUrl: '/', credentials: () => session.accessToken() });
 * for await (const step of tacos.book({ eventId: 'test', quantity: 2, signal })) {
 *   show(step);
 * }
 * ```
 *
 * @throws Error for a protocol it cannot speak.
 */
export function createTacosClient(options: WebClientOptions): TacosClient {
  return assembleClient(createWebTransport(options), options);
}
