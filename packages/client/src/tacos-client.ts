import type { Transport } from '@connectrpc/connect';
import { type PolicyOptions, withPolicies } from '@traffic-tacos/client-runtime';
import { type Booking, type BookingRequest, createBook } from './booking/index.ts';
import { createClients, type TacosClients } from './clients.ts';
import { errors } from './errors.ts';

/** What every client can be told, whatever it runs on. */
export type TacosClientOptions = Omit<PolicyOptions, 'errors'>;

/** Typed clients of the whole platform, and the way to a ticket. */
export interface TacosClient extends TacosClients {
  /** Books tickets: waits in line, holds seats, pays, confirms. */
  book(request: BookingRequest): Booking;
  /** Gives the connections back. Calls that are under way fail. */
  close(): void;
}

/** The platform's clients over a transport that knows no policies yet. */
export function assembleClient(
  transport: Transport & { close?(): void },
  options: TacosClientOptions,
): TacosClient {
  const clients = createClients(withPolicies(transport, { ...options, errors }));
  return {
    ...clients,
    book: createBook(clients, options.environment),
    close: () => transport.close?.(),
  };
}
