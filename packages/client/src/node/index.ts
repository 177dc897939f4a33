import { createNodeTransport, type NodeTransportOptions } from '@traffic-tacos/client-runtime/node';
import { assembleClient, type TacosClient, type TacosClientOptions } from '../tacos-client.ts';

/** Where the platform is, and how a Node program talks to it. */
export type NodeClientOptions = TacosClientOptions & NodeTransportOptions;

/**
 * A client of the platform for Node. Calls obey the policies of the contract and throw TacosErrors.
 *
 * ```ts
 * const tacos = createTacosClient({ baseUrl: 'http://127.0.0.1:8080' });
 * for await (const step of tacos.book({ eventId: 'test', quantity: 2 })) {
 *   console.log(step);
 * }
 * tacos.close();
 * ```
 *
 * @throws Error for a URL or a protocol it cannot speak.
 */
export function createTacosClient(options: NodeClientOptions): TacosClient {
  return assembleClient(createNodeTransport(options), options);
}
