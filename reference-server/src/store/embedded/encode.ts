import { limits } from '../limits.ts';
import type { Write } from '../write.ts';
import type { DeclaredTables } from './declared-tables.ts';
import { conditionNumber, kinds, type PackedWrite } from './packed.ts';
import type { Place } from './place.ts';

const noPlace: Place = [];

/** Encodes checked writes, so that what the caller does to the values afterwards has no effect. */
export function encodeWrites(writes: readonly Write[], tables: DeclaredTables): readonly PackedWrite[] {
  const encoded: PackedWrite[] = [];
  let characters = 0;
  for (const write of writes) {
    const packed = encodeWrite(write, tables);
    characters += packed.json.length;
    encoded.push(packed);
  }
  if (mayExceed(limits.transactionBytes, characters)) {
    refuseLarge(limits.transactionBytes, bytesOf(encoded), 'the values of this transaction take');
  }
  return encoded;
}

function encodeWrite(write: Write, tables: DeclaredTables): PackedWrite {
  const { position, shape, placeOf } = tables.of(write.table);
  if (write.kind !== 'put') {
    return {
      kind: kinds[write.kind],
      table: position,
      key: write.key,
      condition: conditionNumber(write.if),
      json: '',
      expiresAt: Number.POSITIVE_INFINITY,
      place: noPlace,
    };
  }
  if (shape.shortLived && write.expiresAt === undefined) {
    throw new TypeError(`${shape.name}/${write.key}: has no expiresAt, which every item of this table needs`);
  }
  return {
    kind: kinds.put,
    table: position,
    key: write.key,
    condition: conditionNumber(write.if),
    json: encodeValue(write.value, shape.name, write.key),
    expiresAt: write.expiresAt ?? Number.POSITIVE_INFINITY,
    place: placeOf(write.value, write.key),
  };
}

function encodeValue(value: unknown, table: string, key: string): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`${table}/${key}: the value cannot be written as JSON: ${reason}`);
  }
  if (json === undefined) {
    throw new TypeError(`${table}/${key}: the value is ${typeof value}, which JSON has no way to write`);
  }
  if (mayExceed(limits.valueBytes, json.length)) {
    refuseLarge(limits.valueBytes, Buffer.byteLength(json), `${table}/${key}: the value takes`);
  }
  return json;
}

/** Whether bytes have to be counted: a UTF-16 unit takes at most three. */
function mayExceed(limit: number, characters: number): boolean {
  return characters * 3 > limit;
}

function refuseLarge(limit: number, bytes: number, what: string): void {
  if (bytes > limit) {
    throw new RangeError(`${what} ${bytes} bytes of JSON, at most ${limit} are kept`);
  }
}

function bytesOf(writes: readonly PackedWrite[]): number {
  return writes.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
}
