import { CODE_BITS, CODES, EOS } from '../huffman-code.ts';
import { STATIC_FIELDS } from '../static-table.ts';

/** What a block says, and whether the list is too large. */
export interface ReferenceFields {
  readonly fields: readonly string[];
  readonly isTooLarge: boolean;
}

/** A block that is wrong. */
export class ReferenceError7541 extends Error {}

const SYMBOLS = new Map<string, number>();
for (const [symbol, code] of CODES.entries()) {
  SYMBOLS.set(code.toString(2).padStart(CODE_BITS[symbol] as number, '0'), symbol);
}

/**
 * RFC 7541 said as plainly as can be, to compare with: bit strings, arrays, nothing remembered. The limits are those of
 * the decoder that is used: integers of at most five octets, two size updates.
 */
export class ReferenceDecoder {
  readonly maxListBytes: number;
  table: [string, string][] = [];
  maxTableBytes = 4096;
  sizeLimit: number;
  #octets: number[] = [];

  constructor(maxTableBytes: number, maxListBytes: number) {
    this.sizeLimit = Math.max(4096, maxTableBytes);
    this.maxListBytes = maxListBytes;
  }

  get tableBytes(): number {
    return this.table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  decode(block: Uint8Array): ReferenceFields {
    this.#octets = [...block];
    const fields: string[] = [];
    let isFirst = true;
    let updates = 0;
    while (this.#octets.length > 0) {
      const bits = (this.#octets[0] as number).toString(2).padStart(8, '0');
      if (bits.startsWith('001')) {
        const size = this.#integer(5);
        demand(isFirst && ++updates <= 2 && size <= this.sizeLimit);
        this.maxTableBytes = size;
        this.#evict();
        continue;
      }
      isFirst = false;
      if (bits.startsWith('1')) {
        fields.push(...this.#entry(this.#integer(7)));
      } else if (bits.startsWith('01')) {
        const [name, value] = this.#literal(6);
        fields.push(name, value);
        this.table.unshift([name, value]);
        this.#evict();
      } else {
        fields.push(...this.#literal(4));
      }
    }
    const isTooLarge = fields.join('').length + 16 * fields.length > this.maxListBytes;
    return { fields: isTooLarge ? [] : fields, isTooLarge };
  }

  #evict(): void {
    while (this.tableBytes > this.maxTableBytes) {
      this.table.pop();
    }
  }

  #literal(prefix: number): [string, string] {
    const index = this.#integer(prefix);
    const name = index === 0 ? this.#string() : this.#entry(index)[0];
    return [name, this.#string()];
  }

  #entry(index: number): [string, string] {
    demand(index > 0);
    const at = 2 * (index - 1);
    const found =
      at < STATIC_FIELDS.length
        ? (STATIC_FIELDS.slice(at, at + 2) as [string, string])
        : this.table[index - 1 - STATIC_FIELDS.length / 2];
    demand(found !== undefined);
    return found;
  }

  #octet(): number {
    const octet = this.#octets.shift();
    demand(octet !== undefined);
    return octet;
  }

  #integer(prefix: number): number {
    const mask = 2 ** prefix - 1;
    let value = this.#octet() & mask;
    if (value < mask) {
      return value;
    }
    for (let at = 0; at < 4; at++) {
      const octet = this.#octet();
      value += (octet % 128) * 128 ** at;
      if (octet < 128) {
        return value;
      }
    }
    return demand(false);
  }

  #string(): string {
    const isHuffman = (this.#octets[0] ?? 0) >= 128;
    const length = this.#integer(7);
    demand(length <= this.#octets.length);
    const octets = this.#octets.splice(0, length);
    return String.fromCharCode(...(isHuffman ? decoded(octets) : octets));
  }
}

function decoded(octets: readonly number[]): number[] {
  const result: number[] = [];
  let bits = '';
  for (const bit of octets.map((octet) => octet.toString(2).padStart(8, '0')).join('')) {
    bits += bit;
    const symbol = SYMBOLS.get(bits);
    if (symbol !== undefined) {
      demand(symbol !== EOS);
      result.push(symbol);
      bits = '';
    }
  }
  demand(/^1{0,7}$/.test(bits));
  return result;
}

function demand(condition: false): never;
function demand(condition: boolean): asserts condition;
function demand(condition: boolean): void {
  if (!condition) {
    throw new ReferenceError7541();
  }
}
