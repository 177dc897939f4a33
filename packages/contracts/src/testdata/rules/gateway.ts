import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  CancelReservationRequestSchema,
  ConfirmReservationRequestSchema,
  CreatePaymentIntentRequestSchema,
  CreateReservationRequestSchema,
  GetEventAvailabilityRequestSchema,
  GetPaymentStatusRequestSchema,
  GetReservationRequestSchema,
  HealthCheckRequestSchema,
  ListReservationsRequestSchema,
  ListSeatsRequestSchema,
  ProcessPaymentRequestSchema,
  ValidateTokenRequestSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { PaymentMethod, PaymentScenario } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { enumOf, id, key, neededIds, optionalId, pairs, range, text, upTo, user, within } from './limit.ts';
import { paymentDetails, webhookUrl } from './payment.ts';
import { type RequestCases, request } from './request.ts';
import { createReservationSeats } from './reservation.ts';
import { money, pagination } from './types.ts';

export const gatewayRules: readonly RequestCases[] = [
  request(HealthCheckRequestSchema, {}, { service: optionalId }),
  request(ValidateTokenRequestSchema, { token: 't' }, { token: text(1, 2048), requiredScope: upTo(255) }),
  request(
    GetEventAvailabilityRequestSchema,
    { eventId: 'event_123' },
    { eventId: id, section: optionalId, quantity: range(0, 10) },
  ),
  request(
    ListSeatsRequestSchema,
    { eventId: 'event_123' },
    { eventId: id, section: optionalId, status: enumOf(SeatStatus), pagination },
  ),
  request(
    CreateReservationRequestSchema,
    { eventId: 'event_123', quantity: 1 },
    {
      eventId: id,
      userId: user,
      reservationToken: upTo(2048),
      idempotencyKey: key,
      metadata: within({
        requestId: upTo(255),
        traceId: upTo(255),
        userAgent: upTo(1024),
        ipAddress: upTo(64),
        sessionId: upTo(255),
        headers: pairs,
      }),
      totalAmount: money,
      section: optionalId,
    },
    createReservationSeats,
  ),
  request(
    CreateReservationRequestSchema,
    { eventId: 'event_123', seatIds: ['A1'] },
    { seatIds: neededIds(10) },
  ),
  request(GetReservationRequestSchema, { reservationId: 'res_1' }, { reservationId: id, userId: user }),
  request(
    ListReservationsRequestSchema,
    {},
    { userId: user, status: enumOf(ReservationStatus), eventId: optionalId, pagination },
  ),
  request(
    ConfirmReservationRequestSchema,
    { reservationId: 'res_1', paymentIntentId: 'pi_1' },
    { reservationId: id, paymentIntentId: id, userId: user, idempotencyKey: key },
    { invalid: [[{}, 'reservation_id string.pattern', 'payment_intent_id string.pattern']] },
  ),
  request(
    CancelReservationRequestSchema,
    { reservationId: 'res_1' },
    { reservationId: id, userId: user, reason: upTo(1000), idempotencyKey: key },
  ),
  request(
    CreatePaymentIntentRequestSchema,
    { reservationId: 'res_1' },
    {
      reservationId: id,
      amount: money,
      userId: user,
      method: enumOf(PaymentMethod),
      scenario: enumOf(PaymentScenario),
      webhookUrl,
      idempotencyKey: key,
    },
  ),
  request(
    ProcessPaymentRequestSchema,
    { paymentIntentId: 'pi_1' },
    { paymentIntentId: id, paymentDetails, idempotencyKey: key },
  ),
  request(GetPaymentStatusRequestSchema, { paymentIntentId: 'pi_1' }, { paymentIntentId: id, userId: user }),
];
