import { create } from '@bufbuild/protobuf';
import type { Client, ServiceImpl } from '@connectrpc/connect';
import {
  CancelReservationResponseSchema,
  ConfirmReservationResponseSchema,
  CreatePaymentIntentResponseSchema,
  CreateReservationResponseSchema,
  type GatewayService,
  GetEventAvailabilityResponseSchema,
  GetPaymentStatusResponseSchema,
  GetReservationResponseSchema,
  HealthCheckResponseSchema,
  HealthStatus,
  ListReservationsResponseSchema,
  ListSeatsResponseSchema,
  ProcessPaymentResponseSchema,
  type RequestMetadata,
  ServiceHealthSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import {
  CreatePaymentIntentRequestSchema,
  GetPaymentStatusRequestSchema,
  PaymentService,
  ProcessPaymentRequestSchema,
} from '@traffic-tacos/contracts/payment/v1';
import {
  CancelReservationRequestSchema,
  ConfirmReservationRequestSchema,
  CreateReservationRequestSchema,
  GetReservationRequestSchema,
  InventoryService,
  ListReservationsRequestSchema,
  ListSeatsRequestSchema,
  type ReservationMetadata,
  ReservationMetadataSchema,
  ReservationService,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Authenticate, type Caller, callOf, inherit, refuse } from '@traffic-tacos/server';
import type { Clients } from '../shared/behind.ts';
import { type Clock, timestampOf } from '../shared/time.ts';
import { sameFields } from './same-fields.ts';
import { validateToken } from './validate-token.ts';

/** What the gateway knows about one service behind it. */
export interface ServiceState {
  readonly healthy: boolean;
  readonly version: string;
}

/**
 * The one service a browser needs: it hands every call on to the service that owns it, as the same caller and
 * under the same idempotency key, and that service decides.
 */
export function gatewayService(deps: {
  readonly local: Clients;
  readonly clock: Clock;
  /** Decides about the tokens of calls; without, none is valid. */
  readonly authenticate: Authenticate | undefined;
  /** The services behind the gateway by name, as they are now. */
  readonly services: () => Promise<Readonly<Record<string, ServiceState>>>;
}): Partial<ServiceImpl<typeof GatewayService>> {
  const { local, clock } = deps;
  const reservations = (caller: Caller): Client<typeof ReservationService> =>
    local.client(ReservationService, { as: caller });
  const payments = (caller: Caller): Client<typeof PaymentService> =>
    local.client(PaymentService, { as: caller });
  const inventory = (caller: Caller): Client<typeof InventoryService> =>
    local.client(InventoryService, { as: caller });

  return {
    async healthCheck(request) {
      const now = timestampOf(clock());
      const all = Object.entries(await deps.services());
      const asked = all.filter(([name]) => request.service === '' || name === request.service);
      if (asked.length === 0) {
        const names = all.map(([name]) => name).join(', ');
        throw refuse(
          'NOT_FOUND',
          `there is no service "${request.service}"; expected one of ${names}, or none for all`,
          [{ field: 'service', reason: 'SERVICE_NOT_FOUND', value: request.service }],
        );
      }
      const services = asked.map(([name, { healthy, version }]) => [
        name,
        create(ServiceHealthSchema, { status: statusOf(healthy), version, lastCheck: now }),
      ]);
      return create(HealthCheckResponseSchema, {
        status: statusOf(asked.every(([, { healthy }]) => healthy)),
        services: Object.fromEntries(services),
        timestamp: now,
      });
    },

    validateToken: (request) => validateToken(deps.authenticate, request),

    async getEventAvailability(request, context) {
      const { event, sections, stats, error } = await inventory(callOf(context).caller).getInventoryStatus(
        { eventId: request.eventId, section: request.section },
        inherit(context),
      );
      const enough = sections.filter(({ availableSeats }) => availableSeats >= request.quantity);
      return create(GetEventAvailabilityResponseSchema, {
        ...(event && { event }),
        ...(error && { error }),
        sections: enough,
        totalAvailable:
          stats === undefined ? 0 : enough.reduce((sum, section) => sum + section.availableSeats, 0),
      });
    },

    async listSeats(request, context) {
      const answer = await inventory(callOf(context).caller).listSeats(
        sameFields(ListSeatsRequestSchema, request),
        inherit(context),
      );
      return sameFields(ListSeatsResponseSchema, answer);
    },

    async createReservation(request, context) {
      const { metadata } = request;
      const answer = await reservations(callOf(context).caller).createReservation(
        sameFields(CreateReservationRequestSchema, request, {
          ...(metadata && { metadata: metadataOf(metadata) }),
        }),
        { ...inherit(context), ...warnings(context) },
      );
      return sameFields(CreateReservationResponseSchema, answer);
    },

    async getReservation(request, context) {
      const answer = await reservations(callOf(context).caller).getReservation(
        sameFields(GetReservationRequestSchema, request),
        inherit(context),
      );
      return sameFields(GetReservationResponseSchema, answer);
    },

    async listReservations(request, context) {
      const answer = await reservations(callOf(context).caller).listReservations(
        sameFields(ListReservationsRequestSchema, request),
        inherit(context),
      );
      return sameFields(ListReservationsResponseSchema, answer);
    },

    async confirmReservation(request, context) {
      const answer = await reservations(callOf(context).caller).confirmReservation(
        sameFields(ConfirmReservationRequestSchema, request),
        inherit(context),
      );
      return sameFields(ConfirmReservationResponseSchema, answer);
    },

    async cancelReservation(request, context) {
      const answer = await reservations(callOf(context).caller).cancelReservation(
        sameFields(CancelReservationRequestSchema, request),
        inherit(context),
      );
      return sameFields(CancelReservationResponseSchema, answer);
    },

    async createPaymentIntent(request, context) {
      const answer = await payments(callOf(context).caller).createPaymentIntent(
        sameFields(CreatePaymentIntentRequestSchema, request),
        inherit(context),
      );
      return sameFields(CreatePaymentIntentResponseSchema, answer);
    },

    async processPayment(request, context) {
      const answer = await payments(callOf(context).caller).processPayment(
        sameFields(ProcessPaymentRequestSchema, request),
        inherit(context),
      );
      return sameFields(ProcessPaymentResponseSchema, answer);
    },

    async getPaymentStatus(request, context) {
      const answer = await payments(callOf(context).caller).getPaymentStatus(
        sameFields(GetPaymentStatusRequestSchema, request),
        inherit(context),
      );
      return sameFields(GetPaymentStatusResponseSchema, answer);
    },
  };
}

/** Hands the warnings of the service on to the caller: among them are the gateway's own, about the same fields. */
function warnings(context: { readonly responseHeader: Headers }): { onHeader: (headers: Headers) => void } {
  return {
    onHeader(headers) {
      const warning = headers.get('warning');
      if (warning !== null) {
        context.responseHeader.set('warning', warning);
      }
    },
  };
}

function statusOf(healthy: boolean): HealthStatus {
  return healthy ? HealthStatus.HEALTHY : HealthStatus.UNHEALTHY;
}

function metadataOf(metadata: RequestMetadata): ReservationMetadata {
  const { userAgent, ipAddress, sessionId } = metadata;
  return create(ReservationMetadataSchema, { source: 'gateway', userAgent, ipAddress, sessionId });
}
