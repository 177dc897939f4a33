import { hash } from 'node:crypto';
import { type DescField, type DescMessage, isFieldSet, type Message } from '@bufbuild/protobuf';
import { fieldPolicyOf } from '@traffic-tacos/policy';
import { valueIn } from '../pipeline/fields.ts';

/**
 * A digest of what a request asks for: equal for requests that are equal after decoding, whatever the order of
 * their fields and map entries on the wire. The idempotency key, volatile fields and fields this server does not
 * know do not count.
 */
export type Fingerprint = (request: Message) => string;

/** A message as numbers of set fields and their values, which JSON writes the same way every time. */
type Canonical = (message: Message) => unknown[];

/** The fingerprint function of a request type. */
export function fingerprintOf(request: DescMessage): Fingerprint {
  const canonical = compile(request, new Map());
  return (message) => hash('sha256', JSON.stringify(canonical(message)), 'base64url');
}

function compile(desc: DescMessage, known: Map<DescMessage, Canonical>): Canonical {
  const before = known.get(desc);
  if (before !== undefined) {
    return before;
  }
  const writers: ((message: Message, into: unknown[]) => void)[] = [];
  const canonical: Canonical = (message) => {
    const into: unknown[] = [];
    for (const write of writers) {
      write(message, into);
    }
    return into;
  };
  known.set(desc, canonical);
  for (const field of [...desc.fields].sort((a, b) => a.number - b.number)) {
    const policy = fieldPolicyOf(field);
    if (policy?.idempotencyKey !== true && policy?.volatile !== true) {
      const value = compileField(field, known);
      writers.push((message, into) => {
        if (isFieldSet(message, field)) {
          into.push(field.number, value(valueIn(message, field)));
        }
      });
    }
  }
  return canonical;
}

function compileField(field: DescField, known: Map<DescMessage, Canonical>): (value: unknown) => unknown {
  const inner = field.message && compile(field.message, known);
  // Wrappers and google.protobuf.Struct are stored as plain values.
  const one = (value: unknown): unknown => (inner && isMessageObject(value) ? inner(value) : plain(value));
  switch (field.fieldKind) {
    case 'list':
      return (value) => (value as unknown[]).map(one);
    case 'map':
      return (value) => sorted(value as Record<string, unknown>).map(([key, item]) => [key, one(item)]);
    default:
      return one;
  }
}

function isMessageObject(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && '$typeName' in value;
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
    return String(value);
  }
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === 'object' && value !== null) {
    return { fields: sorted(value as Record<string, unknown>).map(([key, item]) => [key, plain(item)]) };
  }
  return value;
}

function sorted(entries: Record<string, unknown>): [string, unknown][] {
  return Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
}
