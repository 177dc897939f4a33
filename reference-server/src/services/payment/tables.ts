import type { Payment } from '../../domain/payment/payment.ts';
import { table } from '../../store/index.ts';

/** Payment intents by id, listed by user, newest last. */
export const paymentTable = table<Payment, 'by_user'>('payment', {
  by_user: (payment) => ({ partition: payment.userId, sort: payment.createdAt }),
});

/** The newest intent of a reservation, by the reservation's id: at most one may be paid. */
export const currentIntentTable = table<{ readonly intentId: string }>('current_intent');
