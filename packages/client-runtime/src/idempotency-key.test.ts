import { clone, create, equals } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { withIdempotencyKey } from './idempotency-key.ts';
import {
  EnvelopeSchema,
  ShipRequestSchema,
  ShipSealedRequestSchema,
  TrackRequestSchema,
} from './testdata/gen/parcel/v1/parcel_pb.js';

const newKey = () => 'new-key';

test('fills an empty key and changes nothing of what the caller passed', () => {
  const message = create(ShipRequestSchema, { address: 'Harbour 1', items: ['lamp'] });
  const before = clone(ShipRequestSchema, message);
  const sent = withIdempotencyKey(ShipRequestSchema, message, newKey);
  expect(sent.keyed).toBe(true);
  expect(sent.message).toEqual({ ...before, requestKey: 'new-key' });
  expect(equals(ShipRequestSchema, message, before)).toBe(true);

  const literal = Object.freeze({ address: 'Harbour 1' });
  expect(withIdempotencyKey(ShipRequestSchema, literal, newKey).message.requestKey).toBe('new-key');
});

test('keeps the key the caller chose', () => {
  const sent = withIdempotencyKey(ShipRequestSchema, { requestKey: 'mine' }, newKey);
  expect(sent).toMatchObject({ keyed: true, message: { requestKey: 'mine' } });
});

test('fills a key inside another message, in a copy of that one too', () => {
  const envelope = create(EnvelopeSchema, { address: 'Harbour 1' });
  const request = create(ShipSealedRequestSchema, { envelope });
  const sent = withIdempotencyKey(ShipSealedRequestSchema, request, newKey);
  expect(sent).toMatchObject({
    keyed: true,
    message: { envelope: { address: 'Harbour 1', requestKey: 'new-key' } },
  });
  expect(envelope.requestKey).toBeUndefined();
  expect(request.envelope).toBe(envelope);
});

test('makes no message up to put a key into', () => {
  const sent = withIdempotencyKey(ShipSealedRequestSchema, {}, newKey);
  expect(sent.keyed).toBe(false);
  expect(sent.message.envelope).toBeUndefined();
});

test('a request without a key field has no key', () => {
  expect(withIdempotencyKey(TrackRequestSchema, { parcelId: 'p' }, newKey).keyed).toBe(false);
});
