import type { Transport } from '@connectrpc/connect';

/** A transport that is loaded with the first call. A load that failed is tried again with the next one. */
export function lazyTransport(load: () => Promise<Transport>): Transport {
  let loaded: Promise<Transport> | undefined;
  const transport = () => {
    loaded ??= load().catch((reason) => {
      loaded = undefined;
      throw reason;
    });
    return loaded;
  };
  return {
    unary: async (...call) => (await transport()).unary(...call),
    stream: async (...call) => (await transport()).stream(...call),
  };
}
