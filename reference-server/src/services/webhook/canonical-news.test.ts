import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  PaymentWebhookStatus,
  PaymentWebhookType,
  ReceivePaymentWebhookRequestSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalNews } from './canonical-news.ts';

type Init = MessageInitShape<typeof ReceivePaymentWebhookRequestSchema>;

const news = (metadata: Record<string, string>, change: Init = {}) =>
  create(ReceivePaymentWebhookRequestSchema, {
    webhookId: 'msg_1',
    eventType: PaymentWebhookType.APPROVED,
    data: {
      paymentIntentId: 'pi_1',
      reservationId: 'rsv_1',
      status: PaymentWebhookStatus.SUCCESS,
      amount: { amount: 50_000n, currency: 'KRW' },
      metadata,
      processedAt: { seconds: 7n },
    },
    timestamp: { seconds: 1_700_000_000n },
    source: 'psp',
    attempt: 2,
    ...change,
  } as Init);

test('without entries to sort it is the message as protobuf writes it, with the signature left out', () => {
  const request = news({ only: 'one' });
  expect(canonicalNews({ ...request, signature: 'v1,abc' })).toEqual(
    Buffer.from(toBinary(ReceivePaymentWebhookRequestSchema, request)),
  );
  const bare = create(ReceivePaymentWebhookRequestSchema, { webhookId: 'm' });
  expect(canonicalNews(bare)).toEqual(Buffer.from(toBinary(ReceivePaymentWebhookRequestSchema, bare)));
});

test('entries are sorted by the bytes of their keys, numbers among them', () => {
  // U+FF61 comes before U+1F600 in UTF-8, and after it in UTF-16.
  const keys = ['10', '9', 'b', 'a', '\u{1f600}', '\uff61'];
  const sorted = ['10', '9', 'a', 'b', '\uff61', '\u{1f600}'];
  const bytes = Buffer.from(canonicalNews(news(Object.fromEntries(keys.map((key) => [key, '!'])))));
  const places = sorted.map((key) => {
    const entry = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string(key)
      .tag(2, WireType.LengthDelimited)
      .string('!');
    return bytes.indexOf(entry.finish());
  });
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('it does not depend on the order in which entries came, and says everything but the signature', () => {
  const texts = fc.dictionary(fc.string({ minLength: 1 }), fc.string());
  fc.assert(
    fc.property(texts, fc.string(), (metadata, signature) => {
      const turned = Object.fromEntries(Object.entries(metadata).reverse());
      const bytes = canonicalNews(news(metadata));
      expect(canonicalNews(news(turned, { signature }))).toEqual(bytes);
      expect(canonicalNews(news(metadata, { attempt: 3 }))).not.toEqual(bytes);
      expect(canonicalNews(news({ ...metadata, more: 'x' }))).not.toEqual(
        canonicalNews(news({ ...metadata, more: 'y' })),
      );
    }),
  );
});

test('fields of a newer contract are signed, too', () => {
  const request = news({});
  const unknown = [{ no: 99, wireType: WireType.Varint, data: new Uint8Array([1]) }];
  expect(canonicalNews({ ...request, $unknown: unknown })).not.toEqual(canonicalNews(request));
  const data = request.data && { ...request.data, $unknown: unknown };
  expect(canonicalNews({ ...request, data })).not.toEqual(canonicalNews(request));
});
