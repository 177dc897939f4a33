import {
  create,
  createRegistry,
  equals,
  fromJson,
  type JsonValue,
  type Registry,
  setExtension,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { type Any, FieldOptionsSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import {
  FieldPolicySchema,
  field as fieldPolicy,
} from '@traffic-tacos/policy/gen/tacos/policy/v1/policy_pb.js';
import { expect, test } from 'vitest';
import { maskedRequest } from './masked-request.ts';
import { vault, vaultMessage } from './testdata/vault.ts';

const Vault = vaultMessage('Vault');
const Lock = vaultMessage('Lock');

function masked(json: JsonValue, registry?: Registry): JsonValue {
  const request = fromJson(Vault, json, { registry: vault });
  const before = toBinary(Vault, request);
  const shown = maskedRequest(Vault, request, registry);
  expect(toBinary(Vault, request)).toEqual(before);
  return shown;
}

const lock = { combination: 'sesame', colour: 'red' };
const maskedLock = { combination: '[secret]', colour: 'red' };

test.each<[string, JsonValue, JsonValue]>([
  ['a string', { code: 'sesame', label: 'x' }, { code: '[secret]', label: 'x' }],
  ['an empty string, which hides nothing', { code: '' }, {}],
  ['bytes', { key: 'c2VzYW1l', label: 'x' }, { label: 'x' }],
  ['a number', { number: 4711, label: 'x' }, { label: 'x' }],
  ['a list', { codes: ['sesame'], label: 'x' }, { label: 'x' }],
  ['a map', { pins: { ann: 'sesame' }, label: 'x' }, { label: 'x' }],
  ['a wrapper', { hint: 'sesame', label: 'x' }, { hint: '[secret]', label: 'x' }],
  ['a field of a oneof', { pin: 'sesame', label: 'x' }, { label: 'x' }],
  ['inside a message', { lock }, { lock: maskedLock }],
  ['inside a list', { locks: [lock, lock] }, { locks: [maskedLock, maskedLock] }],
  ['inside a map', { byName: { front: lock } }, { byName: { front: maskedLock } }],
  ['inside a message of a oneof', { way: lock }, { way: maskedLock }],
  ['inside itself', { inner: { inner: { lock } } }, { inner: { inner: { lock: maskedLock } } }],
])('SECURITY 33: a secret is not shown: %s', (_where, request, shown) => {
  expect(masked(request)).toEqual(shown);
});

const packed = (value: JsonValue): JsonValue => ({
  '@type': 'type.googleapis.com/vault.v1.Vault',
  ...(value as object),
});

test('a packed message of a known type is masked like any other', () => {
  const request = {
    extra: packed({ code: 'sesame', label: 'x', extra: packed({ lock }) }),
    extras: [packed({ pin: 'sesame' })],
  };

  expect(masked(request, vault)).toEqual({
    extra: packed({ code: '[secret]', label: 'x', extra: packed({ lock: maskedLock }) }),
    extras: [packed({})],
  });
});

test('a packed message of an unknown type is not shown', () => {
  expect(masked({ extra: packed({ code: 'sesame' }), label: 'x' })).toEqual({ extra: {}, label: 'x' });
});

test('a packed message that is broken is not shown, and breaks nothing', () => {
  const request = create(Vault, {
    extra: {
      typeUrl: 'type.googleapis.com/vault.v1.Lock',
      value: new TextEncoder().encode('\u000a\u00ff sesame'),
    } as Any,
  });

  expect(JSON.stringify(maskedRequest(Vault, request, vault))).not.toContain('sesame');
});

test('fields that the contract does not know are not shown', () => {
  const request = create(Lock, { colour: 'red' });
  request.$unknown = [{ no: 99, wireType: 2, data: new TextEncoder().encode('\u0006sesame') }];

  expect(maskedRequest(Lock, request)).toEqual({ colour: 'red' });
  expect(request.$unknown).toHaveLength(1);
});

test('extensions are not shown, though their types are known', () => {
  const options = create(FieldOptionsSchema);
  setExtension(options, fieldPolicy, create(FieldPolicySchema, { secret: true }));
  const registry = createRegistry(fieldPolicy);

  expect(toJson(FieldOptionsSchema, options, { registry })).not.toEqual({});
  expect(maskedRequest(FieldOptionsSchema, options, registry)).toEqual({});
});

test('plain values stay as they are', () => {
  const request = { notes: { $unknown: 1, fields: { code: 'x' } }, at: '2026-01-31T09:30:00Z' };

  expect(masked(request)).toEqual(request);
});

test('a value that has no JSON form does not break the call', () => {
  const request = create(Vault, { at: create(TimestampSchema, { seconds: 10n ** 15n }) } as Record<
    string,
    unknown
  >);

  expect(maskedRequest(Vault, request)).toEqual({ '@type': 'vault.v1.Vault', unreadable: true });
  expect(equals(Vault, request, request)).toBe(true);
});
