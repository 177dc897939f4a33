import { huffmanLength, writeHuffman } from './huffman-encode.ts';
import { writeInteger } from './integer.ts';
import { STATIC_FIELDS } from './static-table.ts';

/**
 * Is sent ahead of the first header block on a connection, in the same block: a size update that says that the dynamic
 * table is not used. Without it a peer that allows a smaller table than the initial 4096 bytes would have to wait for one
 * (RFC 7541, 4.2); after it no change of SETTINGS_HEADER_TABLE_SIZE needs another.
 */
export const NO_DYNAMIC_TABLE: Uint8Array = Uint8Array.of(0x20);

/** Values that nobody on the way may put into a table, where they could be guessed (RFC 7541, 7.1.3). */
const NEVER_INDEXED = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie']);

/** How a field is a literal: the first octet's flags; the rest of it is the index of the name. */
const WITHOUT_INDEXING = 0x00;
const NEVER_INDEXED_FLAG = 0x10;

/** Octets that an integer has at most, below 2³². */
const MAX_INTEGER = 6;

/** What the static table knows of a name. */
interface StaticName {
  readonly index: number;
  /** The index of each value that there is an entry for. */
  readonly values: ReadonlyMap<string, number>;
}
const STATIC_NAMES = staticNames();

/**
 * Encodes fields as a header block (RFC 7541), or as a part of one: blocks of this function may follow each other. It uses
 * the static table, and Huffman's code where that is shorter, but no dynamic table: what it returns is right on every
 * connection.
 *
 * @param fields - name, value, name, value; a character for each octet, names in lower case
 * @throws TypeError for a character that is no octet. Whether HTTP allows the field is for the caller to check.
 */
export function encodeFields(fields: readonly string[]): Buffer {
  const target = Buffer.allocUnsafeSlow(encodedBound(fields));
  const end = writeFields(target, 0, fields);
  return Buffer.copyBytesFrom(target, 0, end);
}

/** The bytes that {@link writeFields} needs at most. */
export function encodedBound(fields: readonly string[]): number {
  let bound = 0;
  for (const text of fields) {
    bound += MAX_INTEGER + text.length;
  }
  return bound;
}

/**
 * Writes what {@link encodeFields} returns.
 *
 * @param target - has room for {@link encodedBound} bytes from the offset on
 * @returns the offset after it
 * @throws TypeError for a character that is no octet
 */
export function writeFields(target: Uint8Array, offset: number, fields: readonly string[]): number {
  let at = offset;
  for (let index = 0; index < fields.length; index += 2) {
    at = writeField(target, at, fields[index] as string, fields[index + 1] as string);
  }
  return at;
}

/**
 * Writes one field, see {@link writeFields}.
 *
 * @returns the offset after it
 */
export function writeField(target: Uint8Array, offset: number, name: string, value: string): number {
  const known = STATIC_NAMES.get(name);
  const full = known?.values.get(value);
  if (full !== undefined) {
    target[offset] = 0x80 | full;
    return offset + 1;
  }
  const flags = NEVER_INDEXED.has(name) ? NEVER_INDEXED_FLAG : WITHOUT_INDEXING;
  if (known !== undefined) {
    return writeString(target, writeInteger(target, offset, flags, 0x0f, known.index), value);
  }
  target[offset] = flags;
  return writeString(target, writeString(target, offset + 1, name), value);
}

const statuses: (Buffer | undefined)[] = [];

/**
 * The `:status` of an answer, which is the first field of its header block. It is the same buffer each time.
 *
 * @throws RangeError for what is not three digits
 */
export function encodeStatus(status: number): Buffer {
  const known = statuses[status];
  if (known !== undefined) {
    return known;
  }
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new RangeError(`a status is a number of three digits, not ${status}`);
  }
  const encoded = encodeFields([':status', String(status)]);
  statuses[status] = encoded;
  return encoded;
}

function writeString(target: Uint8Array, offset: number, text: string): number {
  const length = huffmanLength(text);
  if (length < text.length) {
    return writeHuffman(target, writeInteger(target, offset, 0x80, 0x7f, length), text);
  }
  let at = writeInteger(target, offset, 0x00, 0x7f, text.length);
  for (let index = 0; index < text.length; index++) {
    target[at++] = text.charCodeAt(index);
  }
  return at;
}

function staticNames(): ReadonlyMap<string, StaticName> {
  const names = new Map<string, { index: number; values: Map<string, number> }>();
  for (let at = 0; at < STATIC_FIELDS.length; at += 2) {
    const [name, value] = STATIC_FIELDS.slice(at, at + 2) as [string, string];
    const index = at / 2 + 1;
    const known = names.get(name) ?? { index, values: new Map() };
    names.set(name, known);
    known.values.set(value, index);
  }
  return names;
}
