/** States of a payment intent. */
export type PaymentState =
  | 'PENDING'
  | 'PROCESSING'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELLED'
  | 'REFUNDED'
  | 'EXPIRED';

/** What the simulated gateway does with an intent. */
export type Scenario = 'APPROVE' | 'FAIL' | 'DELAY' | 'RANDOM' | 'TIMEOUT';

/** Means of payment. */
export type PaymentMethodName =
  | 'CREDIT_CARD'
  | 'DEBIT_CARD'
  | 'BANK_TRANSFER'
  | 'MOBILE_PAY'
  | 'DIGITAL_WALLET';

/** What the gateway said. */
export interface PaymentOutcome {
  readonly success: boolean;
  readonly failureReason: string;
  readonly gatewayResponse: string;
  /** ISO 8583 response code: 0 approved, 5 do not honour, 91 issuer unavailable. */
  readonly responseCode: number;
  /** Epoch milliseconds. */
  readonly processedAt: number;
}

/** Money that went back to the buyer. */
export interface Refund {
  /** Names the refund in statements. */
  readonly id: string;
  readonly amount: number;
  /** Seats that it puts back on sale. */
  readonly seatIds: readonly string[];
  /** Epoch milliseconds. */
  readonly refundedAt: number;
}

/** What the payment service keeps. Card numbers and CVV are never among it. Times are epoch milliseconds. */
export interface Payment {
  readonly intentId: string;
  /** Names the charge; set when processing starts. */
  readonly paymentId?: string;
  readonly reservationId: string;
  /** The ticketed event of the reservation. */
  readonly eventId: string;
  readonly userId: string;
  readonly state: PaymentState;
  /** In the smallest unit of the currency. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly method?: PaymentMethodName;
  readonly scenario: Scenario;
  /** A secret of the buyer's client. */
  readonly clientSecret: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** From then on an intent that nobody has started to pay is expired. */
  readonly expiresAt: number;
  /** When the gateway answers, while PROCESSING. */
  readonly dueAt?: number;
  readonly processedAt?: number;
  readonly transactionId?: string;
  readonly outcome?: PaymentOutcome;
  /** The sum of `refunds`. */
  readonly refundedAmount?: number;
  readonly refunds?: readonly Refund[];
  readonly metadata?: PaymentMetadata;
  /** Where its receiver wants to be told of results. */
  readonly webhookUrl?: string;
  /** What the simulator does by itself, and when. */
  readonly plan?: PaymentPlan;
}

/** What the simulator means to do with an intent. */
export interface PaymentPlan {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The state to bring it to; without one, its scenario decides. */
  readonly target?: SimulatedState;
  /** Whether the receiver is told even if nothing changes. */
  readonly force: boolean;
}

/** States that the simulator can bring an intent to. */
export type SimulatedState = Exclude<PaymentState, 'PENDING'>;

/** Where the request came from, as the buyer's client said. */
export interface PaymentMetadata {
  readonly source?: string;
  readonly userAgent?: string;
  readonly ipAddress?: string;
  readonly sessionId?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Epoch milliseconds at which an intent ends, or has ended, that no money was paid with; `undefined` for others. */
export function endOfPayment({ state, expiresAt, updatedAt }: Payment): number | undefined {
  switch (state) {
    case 'PENDING':
      return expiresAt;
    case 'FAILED':
    case 'CANCELLED':
    case 'EXPIRED':
      return updatedAt;
    case 'PROCESSING':
    case 'COMPLETED':
    case 'REFUNDED':
      return undefined;
  }
}

/** The state as of now: an intent nobody started to pay in time is expired. */
export function paymentStateAt(payment: Payment, now: number): PaymentState {
  return payment.state === 'PENDING' && payment.expiresAt <= now ? 'EXPIRED' : payment.state;
}
