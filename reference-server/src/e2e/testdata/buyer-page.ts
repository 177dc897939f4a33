import { type BookingRequest, TacosError } from '@traffic-tacos/client';
import { createTacosClient } from '@traffic-tacos/client/web';

/** How a page talks to the platform. */
export interface Connection {
  readonly baseUrl: string;
  readonly protocol: 'connect' | 'grpc-web';
  /** Access token of the buyer. */
  readonly token: string;
}

/** A booking as its buyer saw it, in values that can be handed out of a page. */
export interface Booked {
  /** Types of the steps, each once. */
  readonly steps: readonly string[];
  readonly orderId?: string;
  readonly reservationId?: string;
  readonly seatIds?: readonly string[];
  /** Code of the error that ended it. */
  readonly error?: string;
}

/** Books tickets by the client of the platform. */
export async function book(connection: Connection, request: BookingRequest): Promise<Booked> {
  const { baseUrl, protocol, token } = connection;
  const tacos = createTacosClient({
    baseUrl,
    protocol,
    credentials: () => token,
    // A browser on a busy machine takes its time.
    policies: () => ({ deadlineMs: 30_000, totalDeadlineMs: 60_000 }),
  });
  const steps = new Set<string>();
  try {
    for await (const step of tacos.book(request)) {
      steps.add(step.type);
      if (step.type === 'confirmed') {
        const { orderId, reservationId, seats } = step;
        return { steps: [...steps], orderId, reservationId, seatIds: seats.map(({ id }) => id) };
      }
    }
    return { steps: [...steps] };
  } catch (reason) {
    return { steps: [...steps], error: reason instanceof TacosError ? reason.code : String(reason) };
  }
}
