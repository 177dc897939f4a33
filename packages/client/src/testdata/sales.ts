import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { ErrorCode, SeatStatus } from '@traffic-tacos/contracts/common/v1';
import { GatewayService } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { type Desk, refusal } from './asked.ts';
import type { Line } from './line.ts';

interface Reservation {
  readonly id: string;
  readonly seatIds: readonly string[];
  status: ReservationStatus;
}

interface Payment {
  readonly id: string;
  readonly reservation: Reservation;
  readonly scenario: PaymentScenario;
  status: PaymentStatus;
  polls: number;
}

const PRICE = 50_000n;
const { method: methods } = GatewayService;

/**
 * The counter of the box office: seats, reservations, payments.
 *
 * @param pollsToPay Questions about a payment until it is done, with the scenarios that take their time.
 */
export function createSales(desk: Desk, line: Line, seatIds: readonly string[], pollsToPay: number) {
  const seats = new Map<string, SeatStatus>(seatIds.map((id) => [id, SeatStatus.AVAILABLE]));
  const reservations = new Map<string, Reservation>();
  const payments = new Map<string, Payment>();

  const seatsOf = (reservation: Reservation) =>
    reservation.seatIds.map((id) => ({ id, section: 'A', status: seats.get(id) ?? SeatStatus.UNSPECIFIED }));
  const mark = (reservation: Reservation, status: ReservationStatus, seat: SeatStatus) => {
    reservation.status = status;
    for (const id of reservation.seatIds) {
      seats.set(id, seat);
    }
  };
  const withStatus = (status: SeatStatus) => [...seats.keys()].filter((id) => seats.get(id) === status);

  /** A payment that completes confirms the reservation by itself. */
  const finish = (payment: Payment): PaymentStatus => {
    const { FAIL, TIMEOUT } = PaymentScenario;
    const declined = payment.scenario === FAIL || payment.scenario === TIMEOUT;
    payment.status = declined ? PaymentStatus.FAILED : PaymentStatus.COMPLETED;
    if (!declined && payment.reservation.status === ReservationStatus.HOLD) {
      mark(payment.reservation, ReservationStatus.CONFIRMED, SeatStatus.SOLD);
    }
    return payment.status;
  };

  const service: Partial<ServiceImpl<typeof GatewayService>> = {
    listSeats: desk.method('listSeats', methods.listSeats, ({ status, pagination }) => {
      const ids = withStatus(status);
      const from = Number(pagination?.cursor || 0);
      const until = from + (pagination?.pageSize || 20);
      return {
        seats: ids.slice(from, until).map((id) => ({ id, section: 'A', status })),
        pageInfo: { nextCursor: until < ids.length ? String(until) : '' },
      };
    }),
    createReservation: desk.method('createReservation', methods.createReservation, (request) => {
      const right = line.check(request.reservationToken);
      if (typeof right === 'string') {
        const detail = { field: 'reservation_token', reason: `RESERVATION_TOKEN_${right}` };
        return refusal(ErrorCode.FAILED_PRECONDITION, 'reservation_token is of no use', [detail]);
      }
      const free = withStatus(SeatStatus.AVAILABLE);
      const wanted = request.seatIds.length > 0 ? request.seatIds : free.slice(0, request.quantity);
      const taken = wanted.filter((id) => !free.includes(id));
      if (taken.length > 0) {
        const details = taken.map((value) => ({ field: 'seat_ids', reason: 'SEAT_TAKEN', value }));
        return refusal(ErrorCode.INVENTORY_CONFLICT, `taken: ${taken.join(', ')}`, details);
      }
      if (wanted.length < request.quantity) {
        return refusal(ErrorCode.INSUFFICIENT_INVENTORY, 'too few seats');
      }
      const amount = PRICE * BigInt(wanted.length);
      if (request.totalAmount !== undefined && request.totalAmount.amount !== amount) {
        return refusal(ErrorCode.FAILED_PRECONDITION, `costs ${amount} KRW`);
      }
      right.spent = true;
      right.place.state = 'used';
      const id = `reservation-${reservations.size + 1}`;
      const reservation: Reservation = { id, seatIds: wanted, status: ReservationStatus.HOLD };
      reservations.set(id, reservation);
      mark(reservation, ReservationStatus.HOLD, SeatStatus.RESERVED);
      return {
        reservationId: id,
        status: reservation.status,
        holdExpiresAt: timestampFromMs(Date.now() + 60_000),
        reservedSeats: seatsOf(reservation),
        totalAmount: { amount, currency: 'KRW' },
      };
    }),
    cancelReservation: desk.method('cancelReservation', methods.cancelReservation, ({ reservationId }) => {
      const reservation = reservations.get(reservationId);
      if (reservation === undefined) {
        return refusal(ErrorCode.NOT_FOUND, 'no such reservation');
      }
      if (reservation.status === ReservationStatus.CONFIRMED) {
        return { status: reservation.status, ...refusal(ErrorCode.FAILED_PRECONDITION, 'it is confirmed') };
      }
      mark(reservation, ReservationStatus.CANCELLED, SeatStatus.AVAILABLE);
      return { status: reservation.status, releasedSeats: seatsOf(reservation) };
    }),
    createPaymentIntent: desk.method('createPaymentIntent', methods.createPaymentIntent, (request) => {
      const reservation = reservations.get(request.reservationId);
      if (reservation?.status !== ReservationStatus.HOLD) {
        return refusal(ErrorCode.RESERVATION_EXPIRED, 'nothing is held');
      }
      const { scenario } = request;
      const id = `payment-${payments.size + 1}`;
      payments.set(id, { id, reservation, scenario, status: PaymentStatus.PENDING, polls: 0 });
      return { paymentIntentId: id, status: PaymentStatus.PENDING };
    }),
    processPayment: desk.method('processPayment', methods.processPayment, ({ paymentIntentId }) => {
      const payment = payments.get(paymentIntentId);
      if (payment?.status !== PaymentStatus.PENDING) {
        return refusal(ErrorCode.FAILED_PRECONDITION, 'not pending');
      }
      const { DELAY, TIMEOUT } = PaymentScenario;
      if (payment.scenario === DELAY || payment.scenario === TIMEOUT) {
        payment.status = PaymentStatus.PROCESSING;
        return { status: payment.status };
      }
      const status = finish(payment);
      const approved = status === PaymentStatus.COMPLETED;
      return { status, ...(approved ? {} : refusal(ErrorCode.PAYMENT_NOT_APPROVED, 'declined')) };
    }),
    getPaymentStatus: desk.method('getPaymentStatus', methods.getPaymentStatus, ({ paymentIntentId }) => {
      const payment = payments.get(paymentIntentId);
      if (payment === undefined) {
        return refusal(ErrorCode.NOT_FOUND, 'no such payment');
      }
      if (payment.status === PaymentStatus.PROCESSING && ++payment.polls >= pollsToPay) {
        finish(payment);
      }
      return { payment: { paymentIntentId, status: payment.status } };
    }),
    confirmReservation: desk.method('confirmReservation', methods.confirmReservation, (request) => {
      const reservation = reservations.get(request.reservationId);
      const payment = payments.get(request.paymentIntentId);
      if (payment?.status !== PaymentStatus.COMPLETED || payment.reservation !== reservation) {
        return refusal(ErrorCode.PAYMENT_NOT_APPROVED, 'not paid');
      }
      if (reservation.status !== ReservationStatus.CONFIRMED) {
        return { status: reservation.status, ...refusal(ErrorCode.RESERVATION_EXPIRED, 'the hold lapsed') };
      }
      const orderId = `order-of-${reservation.id}`;
      return { orderId, status: reservation.status, confirmedSeats: seatsOf(reservation) };
    }),
  };
  return { service, seats, reservations, withStatus };
}
