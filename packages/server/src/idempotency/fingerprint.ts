import { createHmac, hash } from 'node:crypto';
import { type DescField, type DescMessage, isFieldSet, type Message } from '@bufbuild/protobuf';
import { fieldPolicyOf, markedFields } from '@traffic-tacos/policy';
import { valueIn } from '../pipeline/fields.ts';

/**
 * Stands for what a request asks for, a digest where it is long or has secrets in it: equal for requests that are equal after decoding, whatever the order of
 * their fields and map entries on the wire. The idempotency key, volatile fields and fields this server does not
 * know do not count.
 */
export type Fingerprint = (request: Message) => string;

/** A message as numbers of set fields and their values, which JSON writes the same way every time. */
type Canonical = (message: Message, seen: Seen) => unknown[];

/** What was come across in a message. */
interface Seen {
  secret: boolean;
}

/** Texts up to this length, in UTF-16 units, are their own fingerprint: no longer than a digest, and made without one. */
const MAX_PLAIN = 43;

/**
 * The fingerprint function of a request type.
 *
 * @param secret - keys the digests of requests that carry secrets: a card number could be guessed from a plain one.
 *   Without, secrets do not count
 */
export function fingerprintOf(request: DescMessage, secret?: string): Fingerprint {
  const keyed = secret !== undefined && hasSecrets(request);
  const canonical = compile(request, new Map(), keyed);
  return (message) => {
    const seen = { secret: false };
    const text = JSON.stringify(canonical(message, seen));
    if (seen.secret && keyed) {
      return createHmac('sha256', secret).update(text).digest('base64url');
    }
    // JSON of an array begins with a bracket, and no digest does.
    return text.length <= MAX_PLAIN ? text : hash('sha256', text, 'base64url');
  };
}

function hasSecrets(request: DescMessage): boolean {
  return markedFields(request, 'secret').length > 0 || markedFields(request, 'credential').length > 0;
}

function compile(desc: DescMessage, known: Map<DescMessage, Canonical>, secrets: boolean): Canonical {
  const before = known.get(desc);
  if (before !== undefined) {
    return before;
  }
  const writers: ((message: Message, into: unknown[], seen: Seen) => void)[] = [];
  const canonical: Canonical = (message, seen) => {
    const into: unknown[] = [];
    for (const write of writers) {
      write(message, into, seen);
    }
    return into;
  };
  known.set(desc, canonical);
  for (const field of [...desc.fields].sort((a, b) => a.number - b.number)) {
    const policy = fieldPolicyOf(field);
    const isSecret = policy?.secret === true || policy?.credential === true;
    if (policy?.idempotencyKey !== true && policy?.volatile !== true && (secrets || !isSecret)) {
      const value = compileField(field, known, secrets);
      writers.push((message, into, seen) => {
        if (isFieldSet(message, field)) {
          seen.secret ||= isSecret;
          into.push(field.number, value(valueIn(message, field), seen));
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
): (value: unknown, seen: Seen) => unknown {
  const inner = field.message && compile(field.message, known, secrets);
  // Wrappers and google.protobuf.Struct are stored as plain values.
  const one = (value: unknown, seen: Seen): unknown =>
    inner && isMessageObject(value) ? inner(value, seen) : plain(value);
  switch (field.fieldKind) {
    case 'list':
      return (value, seen) => (value as unknown[]).map((item) => one(item, seen));
    case 'map':
      return (value, seen) =>
        sorted(value as Record<string, unknown>).map(([key, item]) => [key, one(item, seen)]);
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
