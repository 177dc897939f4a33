import type { DescField, DescMessage, DescService } from '@bufbuild/protobuf';
import { GatewayService } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { InventoryService, ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';

/** Methods that the gateway hands on, and the service that each goes to. */
const forwarded: Readonly<Record<string, DescService>> = {
  ListSeats: InventoryService,
  CreateReservation: ReservationService,
  GetReservation: ReservationService,
  ListReservations: ReservationService,
  ConfirmReservation: ReservationService,
  CancelReservation: ReservationService,
  CreatePaymentIntent: PaymentService,
  ProcessPayment: PaymentService,
  GetPaymentStatus: PaymentService,
};

/** Fields that only one side has, or that differ: each is dealt with in the gateway, or says nothing to the other side. */
const apart = new Set([
  // Copied field by field: the gateway's metadata is another message.
  'CreateReservationRequest.metadata',
  // The service says it in words, the gateway leaves that to its caller.
  'CreateReservationResponse.message',
  'ConfirmReservationResponse.reservation_id',
  'ConfirmReservationResponse.message',
  'CancelReservationResponse.reservation_id',
  'CancelReservationResponse.message',
  'CreatePaymentIntentRequest.metadata',
]);

const typeOf = (field: DescField): unknown[] => [
  field.fieldKind,
  field.scalar,
  field.message?.typeName,
  field.enum?.typeName,
];

function differing(one: DescMessage, other: DescMessage): string[] {
  const names = new Set([...one.fields, ...other.fields].map(({ localName }) => localName));
  return [...names].flatMap((name) => {
    const [a, b] = [one.field[name], other.field[name]];
    const same =
      a !== undefined && b !== undefined && JSON.stringify(typeOf(a)) === JSON.stringify(typeOf(b));
    return same ? [] : [`${one.name}.${(a ?? b)?.name}`];
  });
}

test.each(Object.entries(forwarded))('%s has the fields of the method that it goes to', (name, service) => {
  const outer = GatewayService.methods.find((method) => method.name === name) ?? expect.fail(`no ${name}`);
  const inner = service.methods.find((method) => method.name === name) ?? expect.fail(`no ${name}`);
  const found = [...differing(outer.input, inner.input), ...differing(outer.output, inner.output)];
  expect(found.filter((field) => !apart.has(field))).toEqual([]);
});
