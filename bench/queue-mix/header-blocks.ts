import type { Request } from './calls.ts';

/** Entries of the static table (RFC 7541, appendix A). */
const STATIC = 61;
const METHOD_POST = 0x83;
const SCHEME_HTTP = 0x86;
const statics: Readonly<Record<string, number>> = { ':authority': 1, ':path': 4, 'content-type': 31 };

const ADDRESS = 'x-forwarded-for';

/**
 * Makes the header blocks of one connection, as clients of gRPC and proxies before a server do: what comes again goes
 * into the server's table once, and is an index from then on. Only the address is always another one.
 */
export function headerBlocks(): (request: Request) => Buffer {
  /** Names and values that the server has in its table by now, the oldest first. */
  const table: (readonly [string, string])[] = [];
  const known = new Map<Buffer, { readonly entries: number; readonly block: Buffer }>();

  const indexOf = (at: number): number => STATIC + table.length - at;

  /** A field that the server is to remember. */
  const repeated = (name: string, value: string): Buffer => {
    const at = table.findIndex(([one, other]) => one === name && other === value);
    if (at >= 0) {
      return Buffer.from([0x80 | indexOf(at)]);
    }
    table.push([name, value]);
    const index = statics[name];
    const named =
      index === undefined ? Buffer.concat([Buffer.from([0x40]), text(name)]) : Buffer.from([0x40 | index]);
    return Buffer.concat([named, text(value)]);
  };

  /** All but the address; once all of it is in the table, the same for each request of a path. */
  const constant = (path: Buffer): Buffer => {
    const entries = table.length;
    const before = known.get(path);
    if (before?.entries === entries) {
      return before.block;
    }
    const block = Buffer.concat([
      Buffer.from([METHOD_POST, SCHEME_HTTP]),
      repeated(':path', path.toString('latin1')),
      repeated(':authority', 'bench'),
      repeated('content-type', 'application/grpc'),
      repeated('te', 'trailers'),
    ]);
    if (table.length === entries) {
      known.set(path, { entries, block });
    }
    return block;
  };

  return ({ path, address }) => {
    const block = constant(path);
    const at = table.findIndex(([name]) => name === ADDRESS);
    if (at < 0) {
      return Buffer.concat([block, repeated(ADDRESS, address.toString('latin1'))]);
    }
    // Without indexing: an address that is told once would push out what comes again.
    return Buffer.concat([block, Buffer.from([0x0f, indexOf(at) - 15, address.length]), address]);
  };
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}
