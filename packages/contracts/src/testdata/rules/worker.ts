import {
  CompensationType,
  GetJobStatusRequestSchema,
  HealthCheckRequestSchema,
  PaymentResultType,
  ProcessCompensationRequestSchema,
  ProcessPaymentResultRequestSchema,
  ProcessReservationExpiryRequestSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { count, enumOf, id, idList, key, optionalId, pairs, range, upTo, within } from './limit.ts';
import { type RequestCases, request } from './request.ts';
import { money } from './types.ts';

export const workerRules: readonly RequestCases[] = [
  request(
    ProcessReservationExpiryRequestSchema,
    { reservationId: 'res_1' },
    {
      reservationId: id,
      eventId: optionalId,
      seatIds: idList(10),
      quantity: range(0, 10),
      correlationId: key,
      retryCount: count,
    },
    {
      valid: [{ reservationId: 'res_1', seatIds: ['A1', 'A2'], quantity: 2 }],
      invalid: [
        [
          { reservationId: 'res_1', seatIds: ['A1', 'A2'], quantity: 1 },
          ' process_reservation_expiry.quantity_of_seat_ids',
        ],
      ],
    },
  ),
  request(
    ProcessPaymentResultRequestSchema,
    { reservationId: 'res_1', paymentIntentId: 'pi_1', resultType: PaymentResultType.APPROVED },
    {
      reservationId: id,
      paymentIntentId: id,
      resultType: enumOf(PaymentResultType, PaymentResultType.UNSPECIFIED),
      eventData: within({
        paymentIntentId: optionalId,
        transactionId: upTo(255),
        amount: money,
        gatewayResponse: upTo(4096),
        metadata: pairs,
      }),
      correlationId: key,
      retryCount: count,
    },
  ),
  request(
    ProcessCompensationRequestSchema,
    { reservationId: 'res_1', compensationType: CompensationType.RELEASE_SEATS },
    {
      reservationId: id,
      compensationType: enumOf(CompensationType, CompensationType.UNSPECIFIED),
      originalOperation: upTo(255),
      failureReason: upTo(1000),
      context: pairs,
      correlationId: key,
      retryCount: count,
    },
  ),
  request(HealthCheckRequestSchema, {}, { workerInstanceId: optionalId }),
  request(GetJobStatusRequestSchema, {}, { jobId: optionalId, eventType: optionalId }),
];
