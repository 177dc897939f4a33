import type { Client } from '@connectrpc/connect';
import type { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import type { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import type { ReservationState } from '../../domain/reservation/reservation.ts';
import type { Store } from '../../store/index.ts';
import type { Clock } from '../shared/time.ts';

/** What a reservation token is worth to a buyer who wants to reserve. */
export type AdmissionCheck =
  | { readonly ok: true; readonly tokenId: string /** Epoch milliseconds. */; readonly expiresAt: number }
  | { readonly ok: false; readonly reason: 'MALFORMED' | 'EXPIRED' | 'OTHER_EVENT' | 'OTHER_BUYER' };

/** What reservations work with. */
export interface ReservationDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Told of every state that a reservation has come to, once that is recorded. */
  readonly onState: (state: ReservationState) => void;
  readonly inventory: Client<typeof InventoryService>;
  readonly payments: Client<typeof PaymentService>;
  /** Checks a reservation token; whether it is spent already is not its business. */
  readonly admission: (
    token: string,
    wanted: { readonly eventId: string; readonly userId: string },
  ) => AdmissionCheck;
  readonly settings: {
    /** Whether nobody reserves without a reservation token. */
    readonly requireReservationToken: boolean;
    /** Seconds that may be added to one hold in all. */
    readonly maxExtensionSeconds: number;
  };
}
