import type { MessageInitShape } from '@bufbuild/protobuf';
import type { MoneySchema, Seat } from '@traffic-tacos/contracts/common/v1';
import type {
  PaymentDetailsSchema,
  PaymentMethod,
  PaymentScenario,
} from '@traffic-tacos/contracts/payment/v1';

/** What to book, and for whom. */
export type BookingRequest = SeatWish & {
  readonly eventId: string;
  /** The buyer; the caller by its credentials when left out. */
  readonly userId?: string | undefined;
  /** Price of all seats together that the buyer was shown; another one is refused. Any price when left out. */
  readonly totalAmount?: MessageInitShape<typeof MoneySchema> | undefined;
  readonly payment?: PaymentChoice | undefined;
  /** Ends the booking and gives back what it holds. Without effect once it is paid. */
  readonly signal?: AbortSignal | undefined;
};

/** Which seats: named, counted (the server chooses), or chosen when it is the buyer's turn. */
export type SeatWish =
  | { readonly seatIds: readonly string[]; readonly quantity?: never; readonly chooseSeats?: never }
  | {
      readonly quantity: number;
      /** Only from this section. */
      readonly section?: string | undefined;
      readonly seatIds?: never;
      readonly chooseSeats?: never;
    }
  | { readonly chooseSeats: ChooseSeats; readonly seatIds?: never; readonly quantity?: never };

/** Chooses seats, by asking the buyer for example. What it throws ends the booking. */
export type ChooseSeats = (choice: SeatChoice) => readonly string[] | Promise<readonly string[]>;

/** What there is to choose from. */
export interface SeatChoice {
  /** The seats that can be had now, section by section and row by row; read page by page as they are asked for. */
  seats(section?: string): AsyncIterable<Seat>;
  /** Seats of the last choice that others took meanwhile; empty at the first time. */
  readonly taken: readonly string[];
  /** Aborted when the booking is. */
  readonly signal: AbortSignal | undefined;
}

/** How to pay. */
export interface PaymentChoice {
  readonly method?: PaymentMethod | undefined;
  /** What the buyer pays with. Passed on, never kept. */
  readonly details?: MessageInitShape<typeof PaymentDetailsSchema> | undefined;
  /** How the payment simulator lets the payment end: approved when left out. */
  readonly scenario?: PaymentScenario | undefined;
}
