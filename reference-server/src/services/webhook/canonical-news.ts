import { clone, create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type PaymentWebhookData,
  PaymentWebhookDataSchema,
  type ReceivePaymentWebhookRequest,
  ReceivePaymentWebhookRequestSchema,
} from '@traffic-tacos/contracts/gateway/v1';

/**
 * What a signature inside of the request is made over, after `<webhook_id>.<timestamp in seconds>.`: the message with
 * that field empty, fields by ascending number, entries of maps by ascending key (by their bytes in UTF-8).
 */
export function canonicalNews(request: ReceivePaymentWebhookRequest): Uint8Array {
  const schema = ReceivePaymentWebhookRequestSchema;
  const { webhookId, eventType, data } = request;
  const tail = clone(schema, request);
  tail.webhookId = '';
  tail.eventType = 0;
  tail.data = undefined;
  tail.signature = '';
  const head = toBinary(schema, create(schema, { webhookId, eventType }));
  return Buffer.concat([head, ...(data === undefined ? [] : [fieldOf(data)]), toBinary(schema, tail)]);
}

/** The field `data`, of number 3. */
function fieldOf(data: PaymentWebhookData): Uint8Array {
  return new BinaryWriter().tag(3, WireType.LengthDelimited).bytes(canonicalData(data)).finish();
}

/** Its only map is field 7; behind it comes field 8 alone, and what a newer contract may have added. */
function canonicalData(data: PaymentWebhookData): Uint8Array {
  const schema = PaymentWebhookDataSchema;
  const { $typeName: _, $unknown, processedAt, metadata, ...front } = data;
  const keys = Object.keys(metadata).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const tail = create(schema, { ...(processedAt && { processedAt }) });
  if ($unknown !== undefined) {
    tail.$unknown = $unknown;
  }
  return Buffer.concat([
    toBinary(schema, create(schema, front)),
    ...keys.map((key) => toBinary(schema, create(schema, { metadata: { [key]: metadata[key] ?? '' } }))),
    toBinary(schema, tail),
  ]);
}
