import { createHmac, hash } from 'node:crypto';
import { type DescField, type DescMessage, isFieldSet, type Message } from '@bufbuild/protobuf';
import { fieldPolicyOf, markedFields } from '@traffic-tacos/policy';
import { valueIn } from '../pipeline/fields.ts';

/**
 * A digest of what a request asks for: equal for requests that are equal after decoding, whatever the order of
 * their fields and map entries on the wire. The idempotency key, volatile fields and fields this server does not
 * know do not count.
 */
export type Fingerprint = (request: Message) => string;

/** A message as numbers of set fields and their values, which JSON writes the same way every time. */
type Canonical = (message: Message) => unknown[];

/**
 * The fingerprint function of a request type.
 *
 * @param secret - keys the digests of requests that carry secrets: a card number could be guessed from a plain one.
 *   Without, secrets do not count
 */
export function fingerprintOf(request: DescMessage, secret?: string): Fingerprint {
  const keyed = secret !== undefined && hasSecrets(request);
  const canonical = compile(request, new Map(), keyed);
  return keyed
    ? (message) =>
        createHmac('sha256', secret)
          .update(JSON.stringify(canonical(message)))
          .digest('base64url')
    : (message) => hash('sha256', JSON.stringify(canonical(message)), 'base64url');
}

function hasSecrets(request: DescMessage): boolean {
  return markedFields(request, 'secret').length > 0 || markedFields(request, 'credential').length > 0;
}

function compile(desc: DescMessage, known: Map<DescMessage, Canonical>, secrets: boolean): Canonical {
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
    const hidden = !secrets && (policy?.secret === true || policy?.credential === true);
    if (policy?.idempotencyKey !== true && policy?.volatile !== true && !hidden) {
      const value = compileField(field, known, secrets);
      writers.push((message, into) => {
        if (isFieldSet(message, field)) {
          into.push(field.number, value(valueIn(message, field)));
        }
      });
    }
  }
  return canonical;
}

function compileField(
  field: DescField,
  known: Map<DescMessage, Canonical>,
  secrets: boolean,
): (value: unknown) => unknown {
  const inner = field.message && compile(field.message, known, secrets);
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
