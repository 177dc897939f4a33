import { BlockReader } from './block-reader.ts';
import { ByteMemo, hashOf } from './byte-memo.ts';
import type { DecodedFields } from './decoded-fields.ts';
import { DynamicTable } from './dynamic-table.ts';
import { HpackError } from './hpack-error.ts';
import { ENTRY_OVERHEAD, STATIC_COUNT, STATIC_FIELDS } from './static-table.ts';

/** SETTINGS_HEADER_TABLE_SIZE before anybody says something else (RFC 9113, 6.5.2). */
const INITIAL_TABLE_BYTES = 4096;

/** Size updates that a block may begin with: the smallest size since the last block, and the final one (RFC 7541, 4.2). */
const MAX_SIZE_UPDATES = 2;

/** The version of blocks that refer to no dynamic entry, and mean the same whatever the table holds. */
const ANY_VERSION = -1;

const NO_FIELDS: readonly string[] = [];

/** Fewer fields are read as fast as they are looked for. */
const MIN_LEAD = 3;

/** Where lists are put together, before it is known how long they are. */
const collected: string[] = [];

export interface FieldDecoderOptions {
  /** The SETTINGS_HEADER_TABLE_SIZE that the peer is sent, in bytes. */
  readonly maxTableBytes: number;
  /** The largest list of fields that is of use, in bytes as {@link DecodedFields.bytes} counts. */
  readonly maxListBytes: number;
  /** Whether blocks that repeat are decoded once; true unless said otherwise. */
  readonly isMemoized?: boolean;
}

/** What a block means, as long as the dynamic table has this version. */
interface Meaning {
  readonly version: number;
  readonly fields: DecodedFields;
}

/**
 * Decodes the header blocks that come on one connection (RFC 7541). It must see each of them, whole and in order, also
 * those of streams that nobody wants. How long a block is, is for the caller to bound.
 *
 * What the peer can make it hold: the dynamic table, and some 40 KiB in which blocks and strings are remembered that came
 * twice. Fields that must never be indexed are remembered, too: that is for this connection alone, nothing of it is sent
 * again, and it tells apart whole strings, not their beginnings.
 */
export class FieldDecoder {
  readonly #table = new DynamicTable(INITIAL_TABLE_BYTES);
  readonly #reader = new BlockReader();
  readonly #memo: ByteMemo<Meaning> | undefined;
  readonly #maxListBytes: number;
  readonly #maxTableBytes: number;
  /** What a size update may ask for; until the peer has our settings it goes by the initial ones. */
  #sizeLimit: number;
  /** The next block has to begin with a size update. */
  #mustShrink = false;
  #hasDynamic = false;
  /** The version of the table after the block before. */
  #lastVersion = 0;
  /** Strings that were collected of the list that is being read, and its size so far. */
  #count = 0;
  #size = 0;

  constructor({ maxTableBytes, maxListBytes, isMemoized = true }: FieldDecoderOptions) {
    this.#maxTableBytes = maxTableBytes;
    this.#sizeLimit = Math.max(maxTableBytes, INITIAL_TABLE_BYTES);
    this.#maxListBytes = maxListBytes;
    this.#memo = isMemoized ? new ByteMemo({ slots: 32, maxKeyBytes: 4096, maxBytes: 24 * 1024 }) : undefined;
  }

  /** What the entries of the dynamic table occupy, in bytes as RFC 7541, 4.1 counts. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /** Is called when the peer acknowledges the settings: from now on it keeps to the size of the table that they say. */
  settingsAcknowledged(): void {
    this.#sizeLimit = this.#maxTableBytes;
    if (this.#table.maxBytes > this.#maxTableBytes) {
      this.#mustShrink = true;
      // The next block is read, whether it is known or not.
      this.#memo?.clear();
    }
  }

  /**
   * Decodes a block. After an error the decoder is of no use any more.
   *
   * @throws HpackError for whatever is wrong with it: the connection's COMPRESSION_ERROR
   */
  decode(bytes: Buffer, start: number, end: number): DecodedFields {
    const memo = this.#memo;
    if (memo === undefined) {
      return this.#read(bytes, start, end);
    }
    const hash = hashOf(bytes, start, end);
    const known = memo.find(hash, bytes, start, end);
    const { version } = this.#table;
    if (known !== undefined && (known.version === version || known.version === ANY_VERSION)) {
      return known.fields;
    }
    const fields = this.#read(bytes, start, end);
    if (this.#table.version === version) {
      memo.keep(hash, bytes, start, end, this.#meaning(fields), fields.bytes);
    }
    this.#lastVersion = this.#table.version;
    return fields;
  }

  #meaning(fields: DecodedFields): Meaning {
    return { version: this.#hasDynamic ? this.#table.version : ANY_VERSION, fields };
  }

  #read(bytes: Buffer, start: number, end: number): DecodedFields {
    const reader = this.#reader;
    reader.open(bytes, start, end);
    this.#hasDynamic = false;
    this.#count = 0;
    this.#size = 0;
    this.#resize(bytes, end);
    const lead = this.#lead(bytes, reader.at, end);
    this.#collect(end);
    reader.close();
    return this.#collected(lead);
  }

  /**
   * The fields that a block begins with as indexes of one octet: in most requests of a connection they are the same, and
   * what follows is not. `undefined` where they are few, the whole block, or not known to come again.
   */
  #lead(bytes: Buffer, start: number, end: number): DecodedFields | undefined {
    const memo = this.#memo;
    if (memo === undefined || this.#table.version !== this.#lastVersion) {
      return undefined;
    }
    let at = start;
    while (at < end && (bytes[at] as number) > 0x80 && (bytes[at] as number) < 0xff) {
      at++;
    }
    if (at - start < MIN_LEAD || at === end) {
      return undefined;
    }
    const hash = hashOf(bytes, start, at);
    const known = memo.find(hash, bytes, start, at);
    if (known !== undefined && (known.version === this.#table.version || known.version === ANY_VERSION)) {
      const { fields } = known.fields;
      for (let index = 0; index < fields.length; index++) {
        collected[index] = fields[index] as string;
      }
      this.#count = fields.length;
      this.#size = known.fields.bytes;
      this.#hasDynamic = known.version !== ANY_VERSION;
      this.#reader.at = at;
      return known.fields;
    }
    this.#collect(at);
    const lead = this.#collected(undefined);
    if (!lead.isTooLarge) {
      memo.keep(hash, bytes, start, at, this.#meaning(lead), lead.bytes);
    }
    return undefined;
  }

  /** What was collected. */
  #collected(lead: DecodedFields | undefined): DecodedFields {
    const isTooLarge = this.#size > this.#maxListBytes;
    const fields = isTooLarge ? NO_FIELDS : collected.slice(0, this.#count);
    return { fields, bytes: this.#size, lead: isTooLarge ? undefined : lead, isTooLarge, view: undefined };
  }

  /** Reads fields up to an end. */
  #collect(end: number): void {
    const reader = this.#reader;
    const most = this.#maxListBytes;
    let count = this.#count;
    let size = this.#size;
    while (reader.at < end) {
      const first = reader.octet();
      let name: string;
      let value: string;
      if (first >= 0x80) {
        const index = reader.integer(first, 0x7f);
        name = this.#name(index);
        value = this.#value(index);
      } else if (first >= 0x40) {
        const index = reader.integer(first, 0x3f);
        name = index === 0 ? reader.string() : this.#name(index);
        value = reader.string();
        this.#table.insert(name, value);
      } else if (first >= 0x20) {
        throw new HpackError('a size update is not at the beginning of its header block');
      } else {
        const index = reader.integer(first, 0x0f);
        name = index === 0 ? reader.repeatedString() : this.#name(index);
        value = reader.repeatedString();
      }
      size += name.length + value.length + ENTRY_OVERHEAD;
      // What follows a list that is too large may still change the table.
      if (size <= most) {
        collected[count++] = name;
        collected[count++] = value;
      }
    }
    this.#count = count;
    this.#size = size;
  }

  /** The size updates that a block begins with. */
  #resize(bytes: Buffer, end: number): void {
    const reader = this.#reader;
    let updates = 0;
    for (; reader.at < end && ((bytes[reader.at] as number) & 0xe0) === 0x20; updates++) {
      const size = reader.integer(reader.octet(), 0x1f);
      if (size > this.#sizeLimit) {
        throw new HpackError(`a size update asks for ${size} bytes, ${this.#sizeLimit} are allowed`);
      }
      if (updates === MAX_SIZE_UPDATES) {
        throw new HpackError(`a header block begins with more than ${MAX_SIZE_UPDATES} size updates`);
      }
      this.#table.resize(size);
    }
    if (this.#mustShrink && updates === 0) {
      throw new HpackError(
        `a header block begins without a size update, though the table may have ${this.#sizeLimit} bytes now`,
      );
    }
    this.#mustShrink = false;
  }

  #name(index: number): string {
    if (index > STATIC_COUNT) {
      return this.#table.nameAt(this.#dynamic(index));
    }
    if (index === 0) {
      throw new HpackError('a field has the index 0');
    }
    return STATIC_FIELDS[2 * index - 2] as string;
  }

  /** @param index - one for which there is a {@link #name} */
  #value(index: number): string {
    return index > STATIC_COUNT
      ? this.#table.valueAt(index - STATIC_COUNT - 1)
      : (STATIC_FIELDS[2 * index - 1] as string);
  }

  /** The index within the dynamic table. */
  #dynamic(index: number): number {
    const own = index - STATIC_COUNT - 1;
    if (own >= this.#table.count) {
      throw new HpackError(
        `a field has the index ${index}, the last one is ${STATIC_COUNT + this.#table.count}`,
      );
    }
    this.#hasDynamic = true;
    return own;
  }
}
