import type { Client } from '@connectrpc/connect';
import type { ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import type { SimulatorSettings } from '../../domain/payment/gateway-simulator.ts';
import type { Store } from '../../store/index.ts';
import type { EventSource } from '../catalog/event-source.ts';
import type { Clock } from '../shared/time.ts';
import type { PaymentWebhooks } from '../webhook/index.ts';

/** What payments work with. */
export interface PaymentDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly reservations: Client<typeof ReservationService>;
  /** The events that tickets are for. */
  readonly events: Pick<EventSource, 'get'>;
  readonly simulator: SimulatorSettings;
  readonly webhooks: PaymentWebhooks;
  readonly settings: {
    /** Seconds a hold must last at least when its payment starts; a shorter one is prolonged, once. */
    readonly holdSecondsToPay: number;
  };
}
